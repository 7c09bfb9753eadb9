"""What speakers are told of their clips, written in the transaction that it tells of."""

from typing import Final

from aiogram.methods import SendMessage, SendVoice
from sqlalchemy.ext.asyncio import AsyncSession

from collector.bot import keyboards
from collector.bot.visit import ApiCall, dump
from collector.database.tables import OutgoingMessage, Participant, VoiceClip
from collector.prompts.assignment import assign_again
from collector.recording.checks import Refusal
from collector.settings import CheckSettings
from collector.texts.catalogue import say

PROMPTS: Final = {"read": "prompt_read", "own_words": "prompt_own_words", "answer": "prompt_answer"}
"""How each task is put into words."""


async def play_back(session: AsyncSession, clip: VoiceClip, settings: CheckSettings) -> None:
    """Let the speaker hear the clip before it counts."""
    speaker = await session.get_one(Participant, clip.participant_id)
    doubtful = clip.heard_cer is not None and clip.heard_cer > settings.max_heard_cer
    voice = SendVoice(
        chat_id=speaker.telegram_id,
        voice=clip.file_id,
        caption=say("listen_doubtful" if doubtful else "listen", speaker.language),
        reply_markup=keyboards.confirmation(clip, speaker.language),
    )
    _write(session, speaker, voice, clip.id)


async def announce_refusal(session: AsyncSession, clip: VoiceClip, refusal: Refusal) -> None:
    """Say what was wrong, and give the same prompt once more."""
    speaker = await session.get_one(Participant, clip.participant_id)
    again = await assign_again(session, clip, speaker)
    prompt = say(PROMPTS[clip.prompt.task], speaker.language, text=clip.prompt.text)
    message = SendMessage(
        chat_id=speaker.telegram_id,
        text=f"{say(f'refused_{refusal}', speaker.language)}\n\n{prompt}",
        reply_markup=keyboards.prompt_buttons(again, speaker.language),
    )
    _write(session, speaker, message, None)


async def announce_stored_later(session: AsyncSession, clip: VoiceClip) -> None:
    """Say that a recording waits for room on the disk."""
    speaker = await session.get_one(Participant, clip.participant_id)
    text = say("stored_later", speaker.language)
    _write(session, speaker, SendMessage(chat_id=speaker.telegram_id, text=text), None)


def announce_campaign(
    session: AsyncSession, participant: Participant, title: str, target: int
) -> None:
    """Say what is wanted now."""
    message = SendMessage(
        chat_id=participant.telegram_id,
        text=say("campaign", participant.language, title=title, target=target),
        reply_markup=keyboards.menu(participant.language),
    )
    _write(session, participant, message, None)


def _write(
    session: AsyncSession,
    participant: Participant,
    method: ApiCall,
    clip_id: str | None,
) -> None:
    session.add(
        OutgoingMessage(
            participant_id=participant.id,
            clip_id=clip_id,
            method=type(method).__name__,
            payload=dict(dump(method)),
        )
    )
