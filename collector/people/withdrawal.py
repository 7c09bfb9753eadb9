"""Forgetting a participant: nothing of theirs stays but that somebody was forgotten."""

import logging
from asyncio import to_thread
from datetime import datetime
from typing import Final

from sqlalchemy import Select, delete, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from collector.database.sessions import Transactions, empty_log, scrub
from collector.database.states import SUBMITTED, TAKEN, WITH_AUDIO
from collector.database.tables import (
    AuditEntry,
    Deletion,
    Participant,
    Prompt,
    VoiceClip,
    WithdrawnSpeaker,
    now,
)
from collector.storage.audio_store import AudioStore

_AT_ONCE: Final = 500
_FORGOTTEN: Final = "forgotten"
LEFT_CORPUS: Final = "left_corpus"
"""The pseudonym of somebody forgotten was needed up to here."""
_SCRUBBED: Final = "scrubbed"
_LOG: Final = logging.getLogger(__name__)


async def forget(session: AsyncSession, participant: Participant) -> None:
    """Delete a participant; their audio goes when the transaction is committed.

    What others said of their clips goes too; what they said of other clips stays, as nobody's vote.
    The pseudonym is kept until the corpus is without it, where a clip may be in the corpus.
    """
    clips = (await session.scalars(_clips(participant))).all()
    for clip in clips:
        if clip.state in TAKEN:
            await give_back(session, clip)
        if clip.file_id:
            session.add(Deletion(key=clip.audio_key))
    if any(clip.state in SUBMITTED for clip in clips):
        session.add(WithdrawnSpeaker(speaker=participant.id))
    session.add(AuditEntry(event=_FORGOTTEN))
    await session.flush()
    session.expunge_all()
    await session.execute(delete(Participant).where(Participant.id == participant.id))


async def give_back(session: AsyncSession, clip: VoiceClip) -> None:
    """Count one reading less of a clip's prompt, whose clip leaves the states of ``TAKEN``."""
    fewer = update(Prompt).where(Prompt.id == clip.prompt_id).values(taken=Prompt.taken - 1)
    await session.execute(fewer.execution_options(synchronize_session=False))


async def delete_audio(transactions: Transactions, store: AudioStore) -> int:
    """Delete the audio that is to go; repeated after a kill, it goes on.

    Returns:
        How many files were deleted.

    Raises:
        OSError: The store is away; what is left is deleted next time.
    """
    deleted = 0
    while True:
        async with transactions.begin() as session:
            keys = (await session.scalars(select(Deletion.key).limit(_AT_ONCE))).all()
        if not keys:
            break
        for key in keys:
            await to_thread(store.delete, key)
        async with transactions.begin() as session:
            await session.execute(delete(Deletion).where(Deletion.key.in_(keys)))
        deleted += len(keys)
    if deleted:
        await empty_log(transactions)
        _LOG.info("deleted audio", extra={"files": deleted})
    return deleted


async def scrub_forgotten(transactions: Transactions) -> bool:
    """Rid the database's files of people who were forgotten since this was done last.

    Whether there are any follows from the audit log: those who never recorded leave no audio to
    delete, and a process that is killed before the end begins anew.

    Returns:
        Whether there was something to do.
    """
    async with transactions.begin() as session:
        began = now()
        last = await session.scalar(_last(_SCRUBBED))
        forgotten = await session.scalar(_last(_FORGOTTEN, LEFT_CORPUS))
    if forgotten is None or (last is not None and forgotten < last):
        return False
    await scrub(transactions)
    async with transactions.begin() as session:
        session.add(AuditEntry(event=_SCRUBBED, at=began))
    return True


def _last(*events: str) -> Select[tuple[datetime]]:
    return select(func.max(AuditEntry.at)).where(AuditEntry.event.in_(events))


async def delete_strays(transactions: Transactions, store: AudioStore) -> int:
    """Delete stored audio that no clip names, as a process killed between two writes leaves it.

    Only safe while nothing is being stored.

    Returns:
        How many files were deleted.
    """
    stored = await to_thread(lambda: set(store.list_keys()))
    async with transactions.begin() as session:
        kept = {
            clip.audio_key
            for clip in await session.scalars(
                select(VoiceClip).where(VoiceClip.state.in_(WITH_AUDIO))
            )
        }
    for key in stored - kept:
        await to_thread(store.delete, key)
    return len(stored - kept)


def _clips(participant: Participant) -> Select[tuple[VoiceClip]]:
    return select(VoiceClip).where(VoiceClip.participant_id == participant.id)


async def count_pending(session: AsyncSession) -> int:
    """How many speakers have withdrawn whom the corpus may still have."""
    return await session.scalar(select(func.count()).select_from(WithdrawnSpeaker)) or 0
