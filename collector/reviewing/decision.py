"""Votes on clips: which count, what they decide, and how reliable their listeners are."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from collector.database.states import ClipState, Vote
from collector.database.tables import Participant, Review, VoiceClip, now
from collector.people.withdrawal import give_back
from collector.settings import RuleSettings
from ovoz.text.pack import LanguagePack


class TooSoonError(ValueError):
    """A vote before the clip can have been listened to."""


def is_reputable(listener: Participant, rules: RuleSettings) -> bool:
    """Whether a listener was right about enough of the known clips; newcomers are."""
    answers = listener.gold_right + listener.gold_wrong
    return answers < rules.gold_answers or listener.gold_right >= rules.min_reputation * answers


async def vote(
    session: AsyncSession,
    review: Review,
    given: Vote,
    transcript: str,
    rules: RuleSettings,
    pack: LanguagePack,
) -> None:
    """Count a listener's vote, and decide the clip where it can be decided.

    Args:
        session: The transaction.
        review: What the listener was given.
        given: The vote.
        transcript: What was said, with a correction.
        rules: How many votes decide.
        pack: Compares transcripts.

    Raises:
        TooSoonError: The clip cannot have been heard yet.
    """
    moment = now()
    if given is not Vote.SKIPPED and not _was_heard(review, moment, rules):
        raise TooSoonError
    listener = await session.get_one(Participant, review.reviewer_id)
    review.vote, review.voted_at, review.transcript = given, moment, transcript
    clip = review.clip
    if clip.is_gold:
        review.counts = False
        if given is not Vote.SKIPPED:
            _judge_listener(listener, clip, review, pack)
        return
    review.counts = is_reputable(listener, rules)
    await session.flush()
    if clip.state == ClipState.IN_REVIEW:
        await _decide(session, clip, rules, pack)


def _was_heard(review: Review, moment: datetime, rules: RuleSettings) -> bool:
    heard_s = rules.min_listened_share * review.clip.duration_s
    return moment - review.given_at >= timedelta(seconds=heard_s)


def _judge_listener(
    listener: Participant, clip: VoiceClip, review: Review, pack: LanguagePack
) -> None:
    if clip.state == ClipState.ACCEPTED:
        same = pack.canonical(review.transcript) == pack.canonical(clip.transcript)
        right = review.vote is Vote.GOOD or (review.vote is Vote.CORRECTED and same)
    else:
        right = review.vote in (Vote.BAD, Vote.REPORTED, Vote.CORRECTED)
    if right:
        listener.gold_right += 1
    else:
        listener.gold_wrong += 1


async def _decide(
    session: AsyncSession, clip: VoiceClip, rules: RuleSettings, pack: LanguagePack
) -> None:
    votes = await list_votes(session, clip)
    if any(review.vote is Vote.REPORTED for review in votes):
        clip.state = ClipState.DISPUTED
        return
    counted = [review for review in votes if review.counts]
    opinions = Counter(_opinion(review, clip, pack) for review in counted)
    (opinion, number), *_ = opinions.most_common(1) or [(("", ""), 0)]
    if number >= rules.votes_to_agree:
        await settle(session, clip, accept=opinion[0] != Vote.BAD, decided_by="listeners")
        said = [one.transcript for one in counted if _opinion(one, clip, pack) == opinion]
        if opinion[0] == Vote.CORRECTED:
            clip.transcript = said[-1]
    elif len(counted) >= rules.votes_at_most:
        clip.state = ClipState.DISPUTED


def _opinion(review: Review, clip: VoiceClip, pack: LanguagePack) -> tuple[str, str]:
    """Votes with the same opinion agree; a correction that changes no word says "good"."""
    if review.vote is not Vote.CORRECTED:
        return str(review.vote), ""
    corrected = pack.canonical(review.transcript)
    if corrected == pack.canonical(clip.transcript):
        return str(Vote.GOOD), ""
    return str(Vote.CORRECTED), corrected


async def settle(session: AsyncSession, clip: VoiceClip, *, accept: bool, decided_by: str) -> None:
    """Accept or reject a clip; the prompt of a rejected one may be read again."""
    clip.state = ClipState.ACCEPTED if accept else ClipState.REJECTED
    clip.decided_at, clip.decided_by = now(), decided_by
    if not accept:
        await give_back(session, clip)


async def list_votes(session: AsyncSession, clip: VoiceClip) -> Sequence[Review]:
    """Votes on a clip, the first one first; skips are none."""
    found = await session.scalars(
        select(Review)
        .where(Review.clip_id == clip.id, Review.vote.is_not(None), Review.vote != Vote.SKIPPED)
        .order_by(Review.voted_at)
    )
    return found.all()
