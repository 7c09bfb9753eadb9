"""Gives a speaker their next prompt."""

from collections.abc import Sequence
from typing import Final

from sqlalchemy import ColumnElement, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from collector.database.states import ClipState
from collector.database.tables import Campaign, Participant, Prompt, VoiceClip
from collector.prompts.coverage import Coverage

_CANDIDATES: Final = 64


async def assign(
    session: AsyncSession, speaker: Participant, coverage: Coverage, reads_per_prompt: int
) -> VoiceClip | None:
    """A new clip of a prompt that the speaker has not had; None where there is none left.

    No prompt is read more than ``reads_per_prompt`` times, whatever happens at once. Prompts of
    campaigns come first, then those that were read least and add most.
    """
    for wanted in [*await _campaigns(session, speaker), ()]:
        candidates = await _list_candidates(session, speaker, reads_per_prompt, wanted)
        for prompt in coverage.rank(candidates):
            if await _take(session, prompt, reads_per_prompt):
                coverage.count(prompt)
                clip = VoiceClip(
                    participant_id=speaker.id,
                    prompt_id=prompt.id,
                    consent_id=speaker.consent.id,
                    prompt=prompt,
                )
                session.add(clip)
                await session.flush()
                return clip
    return None


async def assign_again(session: AsyncSession, clip: VoiceClip, speaker: Participant) -> VoiceClip:
    """A new clip of the prompt of ``clip``, which was refused or is recorded once more."""
    again = VoiceClip(
        participant_id=speaker.id,
        prompt_id=clip.prompt_id,
        consent_id=speaker.consent.id,
        prompt=clip.prompt,
    )
    session.add(again)
    more = update(Prompt).where(Prompt.id == clip.prompt_id).values(taken=Prompt.taken + 1)
    await session.execute(more.execution_options(synchronize_session=False))
    await session.flush()
    return again


async def open_clip(session: AsyncSession, speaker: Participant) -> VoiceClip | None:
    """The clip that the speaker has a prompt for and no voice yet."""
    found: VoiceClip | None = await session.scalar(
        select(VoiceClip)
        .where(VoiceClip.participant_id == speaker.id, VoiceClip.state == ClipState.ASSIGNED)
        .order_by(VoiceClip.created_at.desc())
        .limit(1)
    )
    return found


async def _campaigns(
    session: AsyncSession, speaker: Participant
) -> list[tuple[ColumnElement[bool], ...]]:
    """Conditions on prompts of the open campaigns that want this speaker."""
    campaigns = await session.scalars(
        select(Campaign).where(
            Campaign.closed_at.is_(None), Campaign.dialect.in_(("", speaker.dialect))
        )
    )
    return [campaign_conditions(campaign) for campaign in campaigns]


def campaign_conditions(campaign: Campaign) -> tuple[ColumnElement[bool], ...]:
    """What a campaign wants of a prompt; its dialect is one of speakers."""
    conditions = []
    if campaign.language:
        conditions.append(Prompt.language == campaign.language)
    if campaign.domain:
        conditions.append(Prompt.domain == campaign.domain)
    return tuple(conditions)


async def _list_candidates(
    session: AsyncSession, speaker: Participant, reads: int, wanted: tuple[ColumnElement[bool], ...]
) -> Sequence[Prompt]:
    had = select(VoiceClip.prompt_id).where(VoiceClip.participant_id == speaker.id)
    found = await session.scalars(
        select(Prompt)
        .where(
            Prompt.active,
            Prompt.taken < reads,
            or_(Prompt.dialect == "", Prompt.dialect == speaker.dialect),
            Prompt.id.not_in(had),
            *wanted,
        )
        .order_by(Prompt.taken, func.random())
        .limit(_CANDIDATES)
    )
    return found.all()


async def _take(session: AsyncSession, prompt: Prompt, reads: int) -> bool:
    """Count a reading; False where others have taken the last one meanwhile."""
    taken = await session.execute(
        update(Prompt)
        .where(Prompt.id == prompt.id, Prompt.taken < reads)
        .values(taken=Prompt.taken + 1)
        .execution_options(synchronize_session=False)
    )
    return taken.rowcount == 1  # type: ignore[attr-defined, no-any-return]
