"""Sends what was written for participants: in order per chat, within Telegram's limits, once.

A message is deleted after Telegram took it. A process that is killed between the two sends it
again: a message may come twice, what it tells of does not happen twice.
"""

import asyncio
import logging
import time
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import aiogram.methods
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
from sqlalchemy import delete, func, select, update

from collector.bot import metrics
from collector.bot.visit import ApiCall, Reply
from collector.database.sessions import Transactions
from collector.database.tables import OutgoingMessage, Participant, VoiceClip, now
from collector.storage.audio_store import AudioStore

_BATCH: Final = 30
"""So many messages at most come twice after a kill."""
_AWAY_S: Final = 2.0
_IDLE_S: Final = 1.0
"""Another process may have written something."""
_PASSING_TRIES: Final = 5
_MOST_PASSING: Final = 5_000
_LOG: Final = logging.getLogger(__name__)


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


@dataclass(frozen=True, slots=True)
class _Waiting:
    row: OutgoingMessage
    telegram_id: int


class Sender:
    """Sends messages that are written down, and passing ones that are not."""

    def __init__(
        self, bot: Bot, transactions: Transactions, store: AudioStore, per_second: float
    ) -> None:
        self._bot = bot
        self._transactions = transactions
        self._store = store
        self._pace = Pace(per_second)
        self._written = asyncio.Event()
        self._passing: set[asyncio.Task[None]] = set()

    def wake(self) -> None:
        """There are new messages."""
        self._written.set()

    def pass_on(self, replies: Sequence[Reply]) -> None:
        """Send what is written nowhere; it is dropped when Telegram is away for long."""
        if replies and len(self._passing) < _MOST_PASSING:
            task = asyncio.create_task(self._send_passing(replies))
            self._passing.add(task)
            task.add_done_callback(self._passing.discard)

    async def finish(self) -> None:
        """Wait for what is being sent."""
        await asyncio.gather(*self._passing, return_exceptions=True)

    async def run(self) -> None:
        """Send what is written, as it comes.

        Raises:
            DBAPIError: The database is away.
        """
        while True:
            self._written.clear()
            if not await self.send_batch():
                try:
                    await asyncio.wait_for(self._written.wait(), _IDLE_S)
                except TimeoutError:
                    continue

    async def send_batch(self) -> bool:
        """Send some of what is written; returns whether anything was there.

        First messages of all chats go before second ones: nobody waits for the hundreds that
        somebody else asked for.
        """
        place = func.row_number().over(
            partition_by=OutgoingMessage.participant_id, order_by=OutgoingMessage.id
        )
        async with self._transactions.begin() as session:
            rows = await session.execute(
                select(OutgoingMessage, Participant.telegram_id)
                .join(Participant, Participant.id == OutgoingMessage.participant_id)
                .order_by(place, OutgoingMessage.id)
                .limit(_BATCH)
            )
            waiting = [_Waiting(row, telegram_id) for row, telegram_id in rows]
        by_chat: dict[int, list[_Waiting]] = defaultdict(list)
        for message in waiting:
            by_chat[message.telegram_id].append(message)
        sent = await asyncio.gather(*(self._send_chat(chat) for chat in by_chat.values()))
        done = [row_id for ids in sent for row_id in ids]
        if done:
            async with self._transactions.begin() as session:
                await session.execute(delete(OutgoingMessage).where(OutgoingMessage.id.in_(done)))
        elif waiting:
            await asyncio.sleep(_AWAY_S)
        return bool(waiting)

    async def _send_chat(self, messages: Sequence[_Waiting]) -> list[int]:
        """Send to one chat in order; returns what need not be sent any more."""
        done: list[int] = []
        for message in messages:
            row = message.row
            try:
                await self._call(_restore(row), row.clip_id)
            except TelegramAwayError:
                break
            except TelegramForbiddenError:
                metrics.MESSAGES.labels("blocked").inc()
                await self._mark_unreachable(row.participant_id)
                return [one.row.id for one in messages]
            except TelegramAPIError as error:
                metrics.MESSAGES.labels("refused").inc()
                _LOG.error(
                    "Telegram refused a message",
                    extra={"method": row.method, "error": type(error).__name__},
                )
            else:
                metrics.MESSAGE_S.observe((now() - row.written_at).total_seconds())
            done.append(row.id)
        return done

    async def _call(self, method: ApiCall, clip_id: str | None) -> None:
        """Make one call.

        Raises:
            TelegramAwayError: It is to be made again, later.
            TelegramAPIError: Telegram refused it for good.
        """
        if isinstance(method, AnswerCallbackQuery):
            await self._pace.wait_for_pause()
        else:
            await self._pace.wait()
        try:
            await self._bot(method)
        except TelegramRetryAfter as error:
            metrics.MESSAGES.labels("limited").inc()
            self._pace.pause(error.retry_after)
            raise TelegramAwayError from error
        except (TelegramNetworkError, TelegramServerError, ClientDecodeError) as error:
            metrics.MESSAGES.labels("away").inc()
            raise TelegramAwayError from error
        except TelegramForbiddenError:
            raise
        except TelegramAPIError:
            # The file's name at Telegram is of no use any more, as after a change of the bot.
            if clip_id is None or not isinstance(method, SendVoice):
                raise
            await self._upload(method, clip_id)
        metrics.MESSAGES.labels("sent").inc()

    async def _upload(self, method: SendVoice, clip_id: str) -> None:
        async with self._transactions.begin() as session:
            clip = await session.get(VoiceClip, clip_id)
        if clip is not None:
            audio = await asyncio.to_thread(self._store.get, clip.audio_key)
            file = BufferedInputFile(audio, "voice.ogg")
            await self._bot(method.model_copy(update={"voice": file}))

    async def _send_passing(self, replies: Sequence[Reply]) -> None:
        tries = 0
        for reply in replies:
            while tries < _PASSING_TRIES:
                try:
                    await self._call(reply.method, reply.clip_id)
                except TelegramAwayError:
                    await asyncio.sleep(2**tries)
                    tries += 1
                    continue
                except TelegramAPIError as error:
                    _LOG.info("a passing answer was refused", extra={"error": type(error).__name__})
                break

    async def _mark_unreachable(self, participant_id: str) -> None:
        async with self._transactions.begin() as session:
            await session.execute(
                update(Participant).where(Participant.id == participant_id).values(reachable=False)
            )


def _restore(row: OutgoingMessage) -> ApiCall:
    kind: type[ApiCall] = getattr(aiogram.methods, row.method)
    return kind.model_validate(row.payload)
