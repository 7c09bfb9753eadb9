"""What a participant has done: counts, days in a row, the list of nicknames.

The list counts what listeners accepted and not what was sent, so that haste earns nothing.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from collector.database.states import SUBMITTED, ClipState, Vote
from collector.database.tables import Participant, Review, VoiceClip, now

_DAYS: Final = ZoneInfo("Asia/Tashkent")
_LONGEST_STREAK: Final = 400
_LEADERS: Final = 10


@dataclass(frozen=True, slots=True)
class ParticipantProgress:
    """Counts of one participant; ``streak`` is in days up to today or yesterday."""

    submitted: int
    submitted_today: int
    accepted: int
    reviews: int
    reviews_today: int
    streak: int


def start_of_day(moment: datetime) -> datetime:
    """Midnight in Tashkent, in UTC."""
    day = moment.astimezone(_DAYS).date()
    return datetime.combine(day, time(), _DAYS).astimezone(UTC)


def count_streak(days: set[date], today: date) -> int:
    """Days in a row up to today; a day that is not over yet breaks nothing."""
    day = today if today in days else today - timedelta(days=1)
    streak = 0
    while day in days:
        streak += 1
        day -= timedelta(days=1)
    return streak


async def measure_progress(session: AsyncSession, participant: Participant) -> ParticipantProgress:
    """Count what a participant has done."""
    moment = now()
    today = start_of_day(moment)
    mine = (VoiceClip.participant_id == participant.id, VoiceClip.state.in_(SUBMITTED))
    voted = (
        Review.reviewer_id == participant.id,
        Review.voted_at.is_not(None),
        Review.vote != Vote.SKIPPED,
    )
    recent = moment - timedelta(days=_LONGEST_STREAK)
    times = await session.scalars(
        select(VoiceClip.submitted_at).where(*mine, VoiceClip.submitted_at >= recent)
    )
    days = {moment.astimezone(_DAYS).date() for moment in times if moment}
    return ParticipantProgress(
        submitted=await _count(session, VoiceClip.id, *mine),
        submitted_today=await _count(session, VoiceClip.id, *mine, VoiceClip.submitted_at >= today),
        accepted=await _count(session, VoiceClip.id, *mine, VoiceClip.state == ClipState.ACCEPTED),
        reviews=await _count(session, Review.id, *voted),
        reviews_today=await _count(session, Review.id, *voted, Review.voted_at >= today),
        streak=count_streak(days, moment.astimezone(_DAYS).date()),
    )


async def list_leaders(session: AsyncSession) -> list[tuple[str, int]]:
    """Nicknames with their accepted clips, the most first; only those who chose a nickname."""
    accepted = func.count(VoiceClip.id)
    found = await session.execute(
        select(Participant.nickname, accepted)
        .join(VoiceClip, VoiceClip.participant_id == Participant.id)
        .where(Participant.nickname.is_not(None), VoiceClip.state == ClipState.ACCEPTED)
        .group_by(Participant.nickname)
        .order_by(accepted.desc(), Participant.nickname)
        .limit(_LEADERS)
    )
    return [(nickname or "", count) for nickname, count in found]


async def _count(session: AsyncSession, column: Any, *where: ColumnElement[bool]) -> int:  # noqa: ANN401
    return await session.scalar(select(func.count(column)).where(*where)) or 0
