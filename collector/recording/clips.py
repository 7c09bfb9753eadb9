"""What happens to a clip between the prompt and the review."""

import hashlib
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from collector.database.states import WITH_AUDIO, ClipState
from collector.database.tables import Consent, Deletion, FingerprintHash, VoiceClip, now
from collector.people.withdrawal import give_back
from collector.prompts.packs import Task
from collector.recording.checks import CheckedAudio, Refusal
from collector.recording.copies import remember
from collector.recording.fingerprint import Fingerprint

_FIRST_WAIT_S: Final = 5.0
_LONGEST_WAIT_S: Final = 600.0


async def find_clip(session: AsyncSession, clip_id: str, state: ClipState) -> VoiceClip | None:
    """A clip that is in this state."""
    found: VoiceClip | None = await session.scalar(
        select(VoiceClip).where(VoiceClip.id == clip_id, VoiceClip.state == state)
    )
    return found


async def has_audio(session: AsyncSession, clip_id: str) -> bool:
    """Whether a clip is there, and in a state in which its audio is kept."""
    kept = select(VoiceClip.id).where(VoiceClip.id == clip_id, VoiceClip.state.in_(WITH_AUDIO))
    return await session.scalar(kept) is not None


async def is_known_file(session: AsyncSession, file_unique_id: str) -> bool:
    """Whether this very file of Telegram was sent before."""
    known = select(VoiceClip.id).where(VoiceClip.file_unique_id == file_unique_id)
    return await session.scalar(known) is not None


def receive(clip: VoiceClip, consent: Consent, file_id: str, file_unique_id: str) -> None:
    """A voice message came for a clip that was assigned; the consent is that of this moment."""
    clip.state = ClipState.RECEIVED
    clip.consent_id = consent.id
    clip.file_id = file_id
    clip.file_unique_id = file_unique_id
    clip.due_at = now()


def postpone(clip: VoiceClip) -> None:
    """Look at a received clip later: something is away, and each wait is longer."""
    clip.tries += 1
    wait_s = min(_FIRST_WAIT_S * 2 ** (clip.tries - 1), _LONGEST_WAIT_S)
    clip.due_at = now() + timedelta(seconds=wait_s)


async def refuse(session: AsyncSession, clip: VoiceClip, refusal: Refusal) -> None:
    """Refuse a clip: its audio goes, and its prompt may be read again."""
    if clip.file_id:
        session.add(Deletion(key=clip.audio_key))
    clip.state = ClipState.REFUSED
    clip.reason = refusal
    await give_back(session, clip)


def keep(
    session: AsyncSession,
    clip: VoiceClip,
    audio: bytes,
    checked: CheckedAudio,
    fingerprint: Fingerprint,
    heard_cer: float | None,
) -> None:
    """Keep what was found of a clip whose audio is in the store."""
    clip.state = ClipState.CHECKED
    clip.sha256 = hashlib.sha256(audio).hexdigest()
    clip.duration_s = checked.measures.duration_s
    clip.measures = asdict(checked.measures)
    clip.heard_cer = heard_cer
    if clip.prompt.task == Task.READ:
        clip.transcript = clip.prompt.text
    remember(session, clip, fingerprint)


def submit(clip: VoiceClip, moment: datetime) -> None:
    """The speaker confirms a clip that was checked."""
    clip.state = ClipState.IN_REVIEW
    clip.submitted_at = moment


async def give_up(session: AsyncSession, clip: VoiceClip) -> None:
    """The speaker wants another prompt, or another try; the audio goes."""
    if clip.file_id:
        session.add(Deletion(key=clip.audio_key))
    clip.state = ClipState.SKIPPED
    clip.fingerprint = None
    await session.execute(delete(FingerprintHash).where(FingerprintHash.clip_id == clip.id))
    await give_back(session, clip)
