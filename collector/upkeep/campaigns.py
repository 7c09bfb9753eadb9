"""Campaigns: speech that is wanted more than other."""

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from collector.database.states import ClipState
from collector.database.tables import Campaign, Participant, Prompt, VoiceClip
from collector.prompts.assignment import campaign_conditions
from ovoz.corpus.wanted import WantedSpeech


async def open_campaigns(session: AsyncSession) -> list[tuple[Campaign, int]]:
    """Campaigns that are open, each with its accepted clips."""
    campaigns = await session.scalars(
        select(Campaign).where(Campaign.closed_at.is_(None)).order_by(Campaign.id)
    )
    return [(campaign, await count_accepted(session, campaign)) for campaign in campaigns]


async def find_open(session: AsyncSession, wanted: WantedSpeech) -> Campaign | None:
    """The open campaign that wants the same speech."""
    found: Campaign | None = await session.scalar(
        select(Campaign)
        .where(
            Campaign.closed_at.is_(None),
            Campaign.title == wanted.title,
            Campaign.language == wanted.language,
            Campaign.dialect == (wanted.dialect or ""),
            Campaign.domain == wanted.domain,
        )
        .limit(1)
    )
    return found


async def count_accepted(session: AsyncSession, campaign: Campaign) -> int:
    """Accepted clips that a campaign wanted, since it was opened."""
    wanted = list(campaign_conditions(campaign))
    if campaign.dialect:
        wanted.append(Participant.dialect == campaign.dialect)
    return (
        await session.scalar(
            select(func.count(VoiceClip.id))
            .join(Prompt, Prompt.id == VoiceClip.prompt_id)
            .join(Participant, Participant.id == VoiceClip.participant_id)
            .where(
                VoiceClip.state == ClipState.ACCEPTED,
                VoiceClip.submitted_at >= campaign.opened_at,
                *wanted,
            )
        )
        or 0
    )


async def list_wanted(session: AsyncSession, campaign: Campaign) -> list[Participant]:
    """Participants whom a campaign is told to: those of its dialect who can be reached."""
    speakers = select(Participant).where(Participant.reachable, Participant.blocked.is_(False))
    if campaign.dialect:
        speakers = speakers.where(Participant.dialect == campaign.dialect)
    return list((await session.scalars(speakers)).all())
