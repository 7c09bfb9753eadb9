"""What a moderator decides; what they decided is known, and measures listeners."""

from sqlalchemy import Select, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from collector.database.states import ClipState
from collector.database.tables import Participant, VoiceClip
from collector.reviewing.decision import settle


async def find_disputed(
    session: AsyncSession, gold_wanted: int, moderator: Participant
) -> VoiceClip | None:
    """The oldest disputed clip; an ordinary one while there are too few known clips."""
    disputed: VoiceClip | None = await session.scalar(_oldest(ClipState.DISPUTED, moderator))
    if disputed is not None:
        return disputed
    known = (
        await session.scalar(select(func.count()).select_from(VoiceClip).where(VoiceClip.is_gold))
        or 0
    )
    if known >= gold_wanted:
        return None
    ordinary: VoiceClip | None = await session.scalar(_oldest(ClipState.IN_REVIEW, moderator))
    return ordinary


def _oldest(state: ClipState, moderator: Participant) -> Select[tuple[VoiceClip]]:
    return (
        select(VoiceClip)
        .where(VoiceClip.state == state, VoiceClip.participant_id != moderator.id)
        .order_by(VoiceClip.submitted_at)
        .limit(1)
    )


async def rule(
    session: AsyncSession,
    clip: VoiceClip,
    *,
    accept: bool,
    transcript: str = "",
    block: bool = False,
) -> None:
    """Decide a clip for good.

    Args:
        session: The transaction.
        clip: A clip in review or in dispute.
        accept: Whether it is taken.
        transcript: What was really said, where the moderator corrected it.
        block: Whether nothing more is taken from its speaker.
    """
    await settle(session, clip, accept=accept, decided_by="moderator")
    clip.is_gold = True
    if transcript:
        clip.transcript = transcript
    if block:
        speaker = await session.get_one(Participant, clip.participant_id)
        speaker.blocked = True
