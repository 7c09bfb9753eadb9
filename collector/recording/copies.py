"""Finds clips that a new recording is a copy of."""

from typing import Final

import numpy as np
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from collector.database.tables import FingerprintHash, VoiceClip
from collector.recording.fingerprint import MAX_BIT_ERRORS, Fingerprint, measure_bit_errors

_CANDIDATES: Final = 10
_MOST_WORDS: Final = 30_000
"""Databases take no more parameters in one statement."""


async def find_copy(session: AsyncSession, clip_id: str, fingerprint: Fingerprint) -> str | None:
    """The clip, of any speaker, that has the same recording; None where there is none.

    Args:
        session: The transaction.
        clip_id: The new clip, which is no copy of itself.
        fingerprint: Of the new recording.
    """
    words = _with_neighbours(fingerprint)
    shared = func.count()
    found = await session.execute(
        select(FingerprintHash.clip_id)
        .where(FingerprintHash.hash.in_(words), FingerprintHash.clip_id != clip_id)
        .group_by(FingerprintHash.clip_id)
        .order_by(shared.desc())
        .limit(_CANDIDATES)
    )
    for candidate in found.scalars():
        stored = await session.scalar(
            select(VoiceClip.fingerprint).where(VoiceClip.id == candidate)
        )
        other = np.frombuffer(stored or b"", dtype=np.uint32)
        if measure_bit_errors(fingerprint, other) < MAX_BIT_ERRORS:
            return candidate
    return None


def _with_neighbours(fingerprint: Fingerprint) -> list[int]:
    """The words of a fingerprint, and those that differ in one bit, as a codec makes them."""
    words = np.unique(fingerprint[fingerprint != 0])
    flips = np.uint32(1) << np.arange(32, dtype=np.uint32)
    near: list[int] = np.unique([*words, *(words[:, None] ^ flips).ravel()])[:_MOST_WORDS].tolist()
    return near


def remember(session: AsyncSession, clip: VoiceClip, fingerprint: Fingerprint) -> None:
    """Keep a clip's fingerprint, by which its copies are found."""
    clip.fingerprint = fingerprint.tobytes()
    for word in np.unique(fingerprint[fingerprint != 0]).tolist():
        session.add(FingerprintHash(clip_id=clip.id, hash=word))
