"""The accepted clips as a folder that the corpus source ``telegram`` reads."""

import json
from asyncio import to_thread
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from collector.database.sessions import Transactions
from collector.database.states import ClipState, Vote
from collector.database.tables import Consent, Participant, Review, VoiceClip
from collector.storage.audio_store import AudioStore
from ovoz.files import atomic_file, write_text

TABLE: Final = "contributions.jsonl"
_AUDIO: Final = "audio"
_AT_ONCE: Final = 1000


async def export_collection(transactions: Transactions, store: AudioStore, folder: Path) -> int:
    """Write accepted clips with consent, licence, dialect and votes; no account, no nickname.

    An older export in the folder becomes the new one: what is there stays, what is gone goes. The
    table is written before audio is removed and after it is added, so it names no missing file.

    Returns:
        How many clips it holds.

    Raises:
        OSError: The folder or the store cannot be used.
    """
    rows: list[dict[str, Any]] = []
    last = ""
    while batch := await _read_batch(transactions, last):
        for key, row in batch:
            await to_thread(_bring, store, key, folder / _AUDIO / row["audio"])
            rows.append(row)
        last = batch[-1][1]["id"]
    lines = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
    write_text(folder / TABLE, lines)
    named = {row["audio"] for row in rows}
    for path in (folder / _AUDIO).glob("*"):
        if path.name not in named:
            path.unlink()
    return len(rows)


def _bring(store: AudioStore, key: str, path: Path) -> None:
    if not path.is_file():
        with atomic_file(path) as unfinished:
            unfinished.write_bytes(store.get(key))


async def _read_batch(
    transactions: Transactions, after: str
) -> Sequence[tuple[str, dict[str, Any]]]:
    async with transactions.begin() as session:
        found = await session.execute(
            select(VoiceClip, Participant, Consent)
            .join(Participant, Participant.id == VoiceClip.participant_id)
            .join(Consent, Consent.id == VoiceClip.consent_id)
            .where(VoiceClip.state == ClipState.ACCEPTED, VoiceClip.id > after)
            .order_by(VoiceClip.id)
            .limit(_AT_ONCE)
        )
        rows = [(clip, _describe(clip, speaker, consent)) for clip, speaker, consent in found]
        votes = await _count_votes(session, [clip.id for clip, _ in rows])
    return [(clip.audio_key, row | votes.get(clip.id, {})) for clip, row in rows]


def _describe(clip: VoiceClip, speaker: Participant, consent: Consent) -> dict[str, Any]:
    return {
        "id": clip.id,
        "audio": f"{clip.id}.ogg",
        "text": clip.transcript,
        "speaker": speaker.id,
        "dialect": speaker.dialect,
        "consent": consent.version,
        "licence": consent.licence,
        "accepted": 0,
        "rejected": 0,
        "moderated": clip.decided_by == "moderator",
        "region": speaker.region,
        "gender": speaker.gender,
        "age_band": speaker.age_band,
        "task": clip.prompt.task,
        "domain": clip.prompt.domain,
    }


async def _count_votes(session: AsyncSession, clips: Sequence[str]) -> dict[str, dict[str, int]]:
    found = await session.execute(
        select(Review.clip_id, Review.vote, func.count())
        .where(Review.clip_id.in_(clips), Review.counts, Review.vote.is_not(None))
        .group_by(Review.clip_id, Review.vote)
    )
    votes: dict[str, dict[str, int]] = {}
    for clip_id, vote, number in found:
        row = votes.setdefault(clip_id, {"accepted": 0, "rejected": 0})
        if vote in (Vote.GOOD, Vote.CORRECTED):
            row["accepted"] += number
        elif vote in (Vote.BAD, Vote.REPORTED):
            row["rejected"] += number
    return votes
