"""Figures of the whole collection, for moderators and for Prometheus."""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from collector.database.states import ClipState
from collector.database.tables import OutgoingMessage, Participant, Review, VoiceClip


@dataclass(frozen=True, slots=True)
class Statistics:
    """Counts of the collection; ``agreement`` is the share of counted votes as was decided."""

    participants: int
    clips: Mapping[str, int]
    accepted_hours: float
    accepted_by_dialect: Mapping[str, int]
    refusals: Mapping[str, int]
    reviews: int
    agreement: float
    outgoing: int
    set_aside: int
    """Messages that failed again and again, and are not tried any more."""


async def measure_collection(session: AsyncSession) -> Statistics:
    """Count everything; a few queries that group."""
    accepted = VoiceClip.state == ClipState.ACCEPTED
    duration_s = await session.scalar(select(func.sum(VoiceClip.duration_s)).where(accepted)) or 0.0
    by_dialect = await session.execute(
        select(Participant.dialect, func.count(VoiceClip.id))
        .join(VoiceClip, VoiceClip.participant_id == Participant.id)
        .where(accepted)
        .group_by(Participant.dialect)
    )
    states = await session.execute(select(VoiceClip.state, func.count()).group_by(VoiceClip.state))
    reasons = await session.execute(
        select(VoiceClip.reason, func.count())
        .where(VoiceClip.reason != "")
        .group_by(VoiceClip.reason)
    )
    agreed, decided = await _count_agreement(session)
    voted = select(func.count()).select_from(Review).where(Review.vote.is_not(None))
    return Statistics(
        participants=await session.scalar(select(func.count()).select_from(Participant)) or 0,
        clips={str(state): count for state, count in states},
        accepted_hours=duration_s / 3600,
        accepted_by_dialect={str(dialect): count for dialect, count in by_dialect},
        refusals={str(reason): count for reason, count in reasons},
        reviews=await session.scalar(voted) or 0,
        agreement=agreed / decided if decided else 0.0,
        outgoing=await _count_messages(session, OutgoingMessage.set_aside_at.is_(None)),
        set_aside=await _count_messages(session, OutgoingMessage.set_aside_at.is_not(None)),
    )


async def _count_messages(session: AsyncSession, which: ColumnElement[bool]) -> int:
    return await session.scalar(select(func.count(OutgoingMessage.id)).where(which)) or 0


async def _count_agreement(session: AsyncSession) -> tuple[int, int]:
    found = await session.execute(
        select(VoiceClip.state, Review.vote, func.count())
        .join(VoiceClip, VoiceClip.id == Review.clip_id)
        .where(
            Review.counts,
            Review.vote.in_(("good", "bad", "corrected")),
            VoiceClip.state.in_((ClipState.ACCEPTED, ClipState.REJECTED)),
        )
        .group_by(VoiceClip.state, Review.vote)
    )
    agreed = decided = 0
    for state, vote, count in found:
        decided += count
        agreed += count if (state == ClipState.ACCEPTED) == (vote != "bad") else 0
    return agreed, decided
