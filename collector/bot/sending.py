"""Sends what was written for participants: in order per chat, within Telegram's limits, once.

A message is deleted after Telegram took it. A process that is killed between the two sends it
again: a message may come twice, what it tells of does not happen twice.

Each chat is a lane of its own: one that hangs or fails holds up no other. A message that fails
while Telegram takes others is tried again after waits that grow, and in the end set aside.
"""

import asyncio
import logging
import time
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

import aiogram.methods
from aiogram import Bot
from aiogram.exceptions import TelegramAPIError, TelegramForbiddenError
from sqlalchemy import delete, func, or_, select, update
from sqlalchemy.exc import DBAPIError

from collector.bot import metrics
from collector.bot.telegram_calls import TelegramAwayError, TelegramCalls, TelegramLimitError
from collector.bot.visit import ApiCall, Reply
from collector.database.sessions import Transactions
from collector.database.tables import OutgoingMessage, Participant, now
from collector.storage.audio_store import AudioStore

_BATCH: Final = 30
"""So many messages are read at once."""
_MOST_LANES: Final = 300
_ROUND_S: Final = 2.0
"""Lanes that take longer go on beside the next round."""
_AWAY_S: Final = 2.0
_FIRST_WAIT_S: Final = 0.5
_LONGEST_WAIT_S: Final = 600.0
_MOST_TRIES: Final = 12
"""With the waits between them about half an hour."""
_WORKING_S: Final = 60.0
"""Telegram works when it took a message so lately: what fails now fails by itself."""
_IDLE_S: Final = 1.0
"""Another process may have written something."""
_PASSING_TRIES: Final = 5
_MOST_PASSING: Final = 5_000
_LOG: Final = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Waiting:
    row: OutgoingMessage
    telegram_id: int


@dataclass(frozen=True, slots=True)
class _LaneResult:
    """What became of the messages of one lane."""

    done: list[int]
    """Need not be sent any more."""
    failed: OutgoingMessage | None = None
    """The lane ended with this one, which is to be sent again."""
    by_itself: bool = False
    """Whether it failed for a reason of its own, and not because Telegram was away."""


class Sender:
    """Sends messages that are written down, and passing ones that are not."""

    def __init__(
        self, bot: Bot, transactions: Transactions, store: AudioStore, per_second: float
    ) -> None:
        self._calls = TelegramCalls(bot, transactions, store, per_second)
        self._transactions = transactions
        self._written = asyncio.Event()
        self._passing: set[asyncio.Task[None]] = set()
        self._lanes: dict[asyncio.Task[_LaneResult], str] = {}
        self._taken_at = -_WORKING_S

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
        try:
            while True:
                self._written.clear()
                if not await self.send_batch():
                    try:
                        await asyncio.wait_for(self._written.wait(), _IDLE_S)
                    except TimeoutError:
                        continue
        finally:
            lanes = list(self._lanes)
            self._lanes.clear()
            for lane in lanes:
                lane.cancel()
            await asyncio.gather(*lanes, return_exceptions=True)

    async def send_batch(self) -> bool:
        """Send some of what is written; returns whether anything was there.

        First messages of all chats go before second ones: nobody waits for the hundreds that
        somebody else asked for.
        """
        for chat in await self._read_lanes():
            lane = asyncio.create_task(self._send_chat(chat))
            self._lanes[lane] = chat[0].row.participant_id
        if not self._lanes:
            return False
        ended, _ = await asyncio.wait(self._lanes, timeout=_ROUND_S)
        for lane in ended:
            del self._lanes[lane]
        outcomes = [lane.result() for lane in ended if lane.exception() is None]
        await self._write_outcomes(outcomes)
        for lane in ended:
            lane.result()  # of a lane that lost the database it raises
        if any(outcome.failed for outcome in outcomes) and not any(one.done for one in outcomes):
            await asyncio.sleep(_AWAY_S)
        return True

    async def _read_lanes(self) -> Sequence[Sequence[_Waiting]]:
        """Messages that are due, of chats to which nothing is being sent, by chat."""
        due = or_(OutgoingMessage.due_at.is_(None), OutgoingMessage.due_at <= now())
        held_up = select(OutgoingMessage.participant_id).where(
            OutgoingMessage.set_aside_at.is_(None), ~due
        )
        place = func.row_number().over(
            partition_by=OutgoingMessage.participant_id, order_by=OutgoingMessage.id
        )
        async with self._transactions.begin() as session:
            rows = await session.execute(
                select(OutgoingMessage, Participant.telegram_id)
                .join(Participant, Participant.id == OutgoingMessage.participant_id)
                .where(
                    OutgoingMessage.set_aside_at.is_(None),
                    OutgoingMessage.participant_id.not_in(held_up),
                    OutgoingMessage.participant_id.not_in(self._lanes.values()),
                )
                .order_by(place, OutgoingMessage.id)
                .limit(min(_BATCH, _MOST_LANES - len(self._lanes)))
            )
            waiting = [_Waiting(row, telegram_id) for row, telegram_id in rows]
        by_chat: dict[int, list[_Waiting]] = defaultdict(list)
        for message in waiting:
            by_chat[message.telegram_id].append(message)
        return list(by_chat.values())

    async def _write_outcomes(self, outcomes: Sequence[_LaneResult]) -> None:
        done = [row_id for outcome in outcomes for row_id in outcome.done]
        working = time.monotonic() - self._taken_at < _WORKING_S
        async with self._transactions.begin() as session:
            if done:
                await session.execute(delete(OutgoingMessage).where(OutgoingMessage.id.in_(done)))
            for outcome in outcomes:
                if outcome.failed is not None:
                    # It may be gone: its participant was forgotten meanwhile.
                    row = await session.get(OutgoingMessage, outcome.failed.id)
                    if row is not None:
                        _postpone(row, counts=working or outcome.by_itself)

    async def _send_chat(self, messages: Sequence[_Waiting]) -> _LaneResult:
        """Send to one chat in order, up to the first message that is to be sent again."""
        done: list[int] = []
        for message in messages:
            row = message.row
            try:
                await self._calls.make(_restore(row), row.clip_id)
            except TelegramLimitError:
                break
            except TelegramAwayError:
                return _LaneResult(done, row)
            except TelegramForbiddenError:
                metrics.MESSAGES.labels("blocked").inc()
                await self._mark_unreachable(row.participant_id)
                return _LaneResult([*done, *(one.row.id for one in messages)])
            except TelegramAPIError as error:
                metrics.MESSAGES.labels("refused").inc()
                _LOG.error(
                    "Telegram refused a message",
                    extra={"method": row.method, "error": type(error).__name__},
                )
            except DBAPIError:
                raise
            except Exception as error:
                # Not the message of the error: it may quote what is in the message.
                metrics.MESSAGES.labels("failed").inc()
                _LOG.warning(
                    "a message cannot be sent",
                    extra={"method": row.method, "error": type(error).__name__},
                )
                return _LaneResult(done, row, by_itself=True)
            else:
                self._taken_at = time.monotonic()
                metrics.MESSAGE_S.observe((now() - row.written_at).total_seconds())
            done.append(row.id)
        return _LaneResult(done)

    async def _send_passing(self, replies: Sequence[Reply]) -> None:
        tries = 0
        for reply in replies:
            while tries < _PASSING_TRIES:
                try:
                    await self._calls.make(reply.method, reply.clip_id)
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


def _postpone(row: OutgoingMessage, *, counts: bool) -> None:
    """Try a message later; after many tries that count it is set aside."""
    row.tries += counts
    if row.tries >= _MOST_TRIES:
        row.set_aside_at = now()
        metrics.MESSAGES.labels("set_aside").inc()
        _LOG.error("a message was set aside", extra={"method": row.method, "tries": row.tries})
        return
    row.due_at = now() + timedelta(seconds=min(_FIRST_WAIT_S * 2**row.tries, _LONGEST_WAIT_S))


def _restore(row: OutgoingMessage) -> ApiCall:
    kind: type[ApiCall] = getattr(aiogram.methods, row.method)
    return kind.model_validate(row.payload)
