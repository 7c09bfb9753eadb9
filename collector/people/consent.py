"""Agreements: nothing about a person is stored before the first one."""

from enum import StrEnum

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from collector.database.tables import AuditEntry, Consent, Participant
from collector.texts.catalogue import Tongue, current_consent


class SpeechLicence(StrEnum):
    """What a speaker allows; names of licences as the manifest has them."""

    CC0 = "CC0-1.0"
    CC_BY = "CC-BY-4.0"
    INTERNAL = "internal"


async def find_participant(session: AsyncSession, telegram_id: int) -> Participant | None:
    """The participant with this account; None for somebody who has not agreed."""
    account = Participant.telegram_id == telegram_id
    found: Participant | None = await session.scalar(select(Participant).where(account))
    return found


async def agree(
    session: AsyncSession, telegram_id: int, tongue: Tongue, licence: SpeechLicence
) -> Participant:
    """Store an agreement with the consent text of today, of an adult, and its time.

    Args:
        session: The transaction.
        telegram_id: The account.
        tongue: The language in which the text was read.
        licence: The licence of recordings from now on; older ones keep theirs.

    Returns:
        A new participant, or the one who had agreed before.
    """
    participant = await find_participant(session, telegram_id)
    if participant is None:
        participant = Participant(telegram_id=telegram_id, language=tongue)
        session.add(participant)
        await session.flush()
    text = current_consent()
    session.add(
        Consent(
            participant_id=participant.id,
            version=text.version,
            text_sha256=text.sha256(tongue),
            language=tongue,
            licence=licence,
            adult=True,
        )
    )
    session.add(AuditEntry(event="agreed"))
    await session.flush()
    await session.refresh(participant, ["consents"])
    return participant


def is_current(participant: Participant) -> bool:
    """Whether the participant agreed to the consent text of today."""
    return participant.consent.version == current_consent().version
