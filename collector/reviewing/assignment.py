"""Gives a listener the next clip."""

import random
from datetime import timedelta

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from collector.database.states import ClipState, Vote
from collector.database.tables import Participant, Review, VoiceClip, now
from collector.settings import RuleSettings

_WINDOW = 200
"""So many of the oldest clips are looked at; one with votes goes first, to be decided soon."""


async def give(session: AsyncSession, listener: Participant, rules: RuleSettings) -> Review | None:
    """A clip to listen to; None where there is none for this listener.

    Nobody hears a clip of their own, or one that they voted on. A clip that a listener left without
    a vote is theirs again. Known clips are strewn in, so that listeners are measured.
    """
    waiting = await pending(session, listener)
    if waiting is not None:
        waiting.given_at = now()
        return waiting
    clip = None
    if random.random() < rules.gold_share:  # noqa: S311  (nothing hangs on it)
        clip = await _find_gold(session, listener)
    clip = clip or await _find_undecided(session, listener, rules)
    if clip is None:
        return None
    review = Review(clip_id=clip.id, reviewer_id=listener.id, clip=clip)
    session.add(review)
    await session.flush()
    return review


async def pending(session: AsyncSession, listener: Participant) -> Review | None:
    """What a listener was given and did not vote on."""
    found: Review | None = await session.scalar(
        select(Review)
        .join(VoiceClip)
        .where(
            Review.reviewer_id == listener.id,
            Review.vote.is_(None),
            or_(VoiceClip.is_gold, VoiceClip.state == ClipState.IN_REVIEW),
        )
        .order_by(Review.id.desc())
        .limit(1)
    )
    return found


def _is_new_to(listener: Participant) -> ColumnElement[bool]:
    heard = select(Review.clip_id).where(Review.reviewer_id == listener.id)
    return (VoiceClip.participant_id != listener.id) & VoiceClip.id.not_in(heard)


async def _find_gold(session: AsyncSession, listener: Participant) -> VoiceClip | None:
    found: VoiceClip | None = await session.scalar(
        select(VoiceClip)
        .where(VoiceClip.is_gold, _is_new_to(listener))
        .order_by(func.random())
        .limit(1)
    )
    return found


async def _find_undecided(
    session: AsyncSession, listener: Participant, rules: RuleSettings
) -> VoiceClip | None:
    window = (
        select(VoiceClip.id)
        .where(VoiceClip.state == ClipState.IN_REVIEW, _is_new_to(listener))
        .order_by(VoiceClip.submitted_at)
        .limit(_WINDOW)
        .subquery()
    )
    fresh = now() - timedelta(minutes=rules.review_minutes)
    taken = (
        select(func.count())
        .where(
            Review.clip_id == VoiceClip.id,
            or_(
                (Review.vote != Vote.SKIPPED) & Review.counts,
                Review.vote.is_(None) & (Review.given_at > fresh),
            ),
        )
        .correlate(VoiceClip)
        .scalar_subquery()
    )
    found: VoiceClip | None = await session.scalar(
        select(VoiceClip)
        .join(window, window.c.id == VoiceClip.id)
        .where(taken < rules.votes_at_most)
        .order_by(taken.desc(), VoiceClip.submitted_at)
        .limit(1)
    )
    return found
