"""What a handler is given: the person, the transaction, and a place for its answers."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from aiogram.methods import AnswerCallbackQuery, SendMessage, SendVoice, TelegramMethod
from aiogram.types import InlineKeyboardMarkup, ReplyParameters
from sqlalchemy.ext.asyncio import AsyncSession

from collector.database.tables import Participant, VoiceClip
from collector.prompts.coverage import Coverage
from collector.settings import CollectorSettings
from collector.texts.catalogue import Tongue, say
from ovoz.text.pack import LanguagePack

ApiCall = TelegramMethod[Any]
"""A call of the Bot API, whatever it returns."""


@dataclass(frozen=True, slots=True)
class Services:
    """What all handlers share.

    ``deleting`` is set when audio is to be deleted, ``listening`` when a voice message came.
    """

    settings: CollectorSettings
    pack: LanguagePack
    coverage: Coverage
    deleting: asyncio.Event = field(default_factory=asyncio.Event)
    listening: asyncio.Event = field(default_factory=asyncio.Event)


@dataclass(frozen=True, slots=True)
class Reply:
    """A call of the Bot API that answers a person; ``clip_id`` is the clip in it."""

    method: ApiCall
    clip_id: str | None = None


@dataclass(slots=True)
class Visit:
    """One update of one person, in one transaction.

    ``replies`` are written with the transaction and sent after it; ``passing`` ones (somebody who
    did not agree, answers to buttons, own data) are written nowhere: a kill loses them.
    """

    telegram_id: int
    tongue: Tongue
    session: AsyncSession
    services: Services
    participant: Participant | None = None
    replies: list[Reply] = field(default_factory=list)
    passing: list[Reply] = field(default_factory=list)
    wakes: list[asyncio.Event] = field(default_factory=list)
    """Set after the transaction, for those who wait for what it wrote."""
    quoted: int | None = None
    """The message that answers quote, so that it is plain which one they are about."""

    @property
    def person(self) -> Participant:
        """The participant; handlers of members have one."""
        if self.participant is None:
            raise LookupError("nobody who has agreed")
        return self.participant

    @property
    def is_moderator(self) -> bool:
        """Whether the person is named in the settings."""
        return self.telegram_id in self.services.settings.bot.moderators

    def words(self, key: str, **values: object) -> str:
        """A string of the table in the person's language."""
        return say(key, self.tongue, **values)

    def say(self, key: str, keyboard: InlineKeyboardMarkup | None = None, **values: object) -> None:
        """Answer with a string of the table."""
        message = SendMessage(
            chat_id=self.telegram_id,
            text=self.words(key, **values),
            reply_markup=keyboard,
            reply_parameters=self._quote(),
        )
        self.answer(Reply(message))

    def _quote(self) -> ReplyParameters | None:
        if self.quoted is None:
            return None
        # It is answered all the same where its sender has deleted it.
        return ReplyParameters(message_id=self.quoted, allow_sending_without_reply=True)

    def play(self, clip: VoiceClip, text: str, keyboard: InlineKeyboardMarkup) -> None:
        """Answer with a clip; it cannot be forwarded or saved."""
        voice = SendVoice(
            chat_id=self.telegram_id,
            voice=clip.file_id,
            caption=text,
            protect_content=True,
            reply_markup=keyboard,
        )
        self.answer(Reply(voice, clip.id))

    def answer(self, reply: Reply) -> None:
        """Answer; only what is said to participants is written down."""
        (self.passing if self.participant is None else self.replies).append(reply)

    def release_button(self, callback_id: str, key: str = "", **values: object) -> None:
        """End the waiting that a pressed button shows, with words over the chat or without."""
        text = self.words(key, **values) if key else None
        method = AnswerCallbackQuery(callback_query_id=callback_id, text=text)
        self.passing.append(Reply(method))


def dump(method: ApiCall) -> Mapping[str, object]:
    """A method's fields as JSON."""
    return method.model_dump(mode="json", exclude_none=True, exclude_unset=True)
