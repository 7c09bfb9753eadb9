"""Calls of the Bot API, within Telegram's limits."""

import asyncio
import time
from typing import Final

from aiogram import Bot
from aiogram.exceptions import (
    ClientDecodeError,
    TelegramAPIError,
    TelegramForbiddenError,
    TelegramNetworkError,
    TelegramRetryAfter,
    TelegramServerError,
)
from aiogram.methods import AnswerCallbackQuery, SendVoice
from aiogram.types import BufferedInputFile

from collector.bot import metrics
from collector.bot.visit import ApiCall
from collector.database.sessions import Transactions
from collector.database.tables import VoiceClip
from collector.storage.audio_store import AudioStore

_CALL_S: Final = 30
"""An upload of two megabytes over a slow line."""


class Pace:
    """Lets calls pass at most so many a second, and none while Telegram wants none."""

    def __init__(self, per_second: float) -> None:
        self._gap_s = 1 / per_second
        self._next = 0.0
        self._paused_until = 0.0
        # One waits for the clock and the others for it: thousands that woke at once would be slow.
        self._turn = asyncio.Lock()

    async def wait(self) -> None:
        """Wait for the next turn; who came first goes first."""
        async with self._turn:
            while (ahead := self._next - time.monotonic()) > 0:
                await asyncio.sleep(ahead)
            await self.wait_for_pause()
            self._next = time.monotonic() + self._gap_s

    async def wait_for_pause(self) -> None:
        """Wait only while nothing may pass: for calls that are no messages."""
        while (ahead := self._paused_until - time.monotonic()) > 0:
            await asyncio.sleep(ahead)

    def pause(self, seconds: float) -> None:
        """Let nothing pass for so long, as an answer 429 asks."""
        self._paused_until = max(self._paused_until, time.monotonic() + seconds)


class TelegramAwayError(ConnectionError):
    """Telegram does not answer, or asks to wait: the same call may be made again."""


class TelegramLimitError(TelegramAwayError):
    """Telegram asks to wait, which all messages do: no fault of the one that was asked for."""


class TelegramCalls:
    """Makes the calls of all chats, at one pace."""

    def __init__(
        self, bot: Bot, transactions: Transactions, store: AudioStore, per_second: float
    ) -> None:
        self._bot = bot
        self._transactions = transactions
        self._store = store
        self._pace = Pace(per_second)

    async def make(self, method: ApiCall, clip_id: str | None) -> None:
        """Make one call.

        Args:
            method: The call.
            clip_id: The clip that is played, whose audio is sent where Telegram has lost it.

        Raises:
            TelegramAwayError: It is to be made again, later.
            TelegramAPIError: Telegram refused it for good.
        """
        if isinstance(method, AnswerCallbackQuery):
            await self._pace.wait_for_pause()
        else:
            await self._pace.wait()
        try:
            await self._ask(method)
        except (TelegramAwayError, TelegramForbiddenError):
            raise
        except TelegramAPIError:
            # The file's name at Telegram is of no use any more, as after a change of the bot.
            if clip_id is None or not isinstance(method, SendVoice):
                raise
            await self._upload(method, clip_id)
        metrics.MESSAGES.labels("sent").inc()

    async def _ask(self, method: ApiCall) -> None:
        """As :meth:`make`, at once."""
        try:
            await self._bot(method, request_timeout=_CALL_S)
        except TelegramRetryAfter as error:
            metrics.MESSAGES.labels("limited").inc()
            self._pace.pause(error.retry_after)
            raise TelegramLimitError from error
        except (TelegramNetworkError, TelegramServerError, ClientDecodeError) as error:
            metrics.MESSAGES.labels("away").inc()
            raise TelegramAwayError from error

    async def _upload(self, method: SendVoice, clip_id: str) -> None:
        async with self._transactions.begin() as session:
            clip = await session.get(VoiceClip, clip_id)
        if clip is not None:
            audio = await asyncio.to_thread(self._store.get, clip.audio_key)
            file = BufferedInputFile(audio, "voice.ogg")
            await self._ask(method.model_copy(update={"voice": file}))
