"""Every update is handled once, in one transaction with all that it changes."""

import logging
import time
from collections import OrderedDict
from typing import Final

from aiogram import Bot, Dispatcher
from aiogram.fsm.context import FSMContext
from aiogram.fsm.storage.base import StorageKey
from aiogram.types import CallbackQuery, Message, Update, User
from sqlalchemy.exc import DataError, DBAPIError
from sqlalchemy.ext.asyncio import AsyncSession

from collector.bot import metrics
from collector.bot.fsm_storage import ParticipantStorage
from collector.bot.sending import Sender
from collector.bot.visit import Services, Visit, dump
from collector.database.sessions import Transactions
from collector.database.tables import HandledUpdate, OutgoingMessage
from collector.people.consent import find_participant
from collector.texts.catalogue import Tongue, guess_tongue

_PEOPLE: Final = 50_000
_FAILURES: Final = 1_000
_MOST_TRIES: Final = 5
_LOG: Final = logging.getLogger(__name__)


class FloodGate:
    """Counts the updates of each person in this minute; the memory is bounded."""

    def __init__(self, per_minute: int) -> None:
        self._most = per_minute
        self._counts: OrderedDict[int, tuple[int, int]] = OrderedDict()

    def count(self, telegram_id: int) -> int:
        """Count an update; returns by how many the person is over the limit."""
        minute = int(time.monotonic() // 60)
        began, number = self._counts.pop(telegram_id, (minute, 0))
        number = number + 1 if began == minute else 1
        self._counts[telegram_id] = (minute, number)
        while len(self._counts) > _PEOPLE:
            self._counts.popitem(last=False)
        return max(0, number - self._most)

    def take_back(self, telegram_id: int) -> None:
        """Count one update less: it was not handled and will come again."""
        if telegram_id in self._counts:
            minute, number = self._counts[telegram_id]
            self._counts[telegram_id] = (minute, number - 1)


class FailureCount:
    """Tells an update that the database will never take from a database that is away.

    It is poisoned once it failed often, and others were handled since it failed first.
    """

    def __init__(self) -> None:
        self._handled = 0
        self._failures: OrderedDict[int, tuple[int, int]] = OrderedDict()

    def note_handled(self, update_id: int) -> None:
        """An update was written to the database."""
        self._handled += 1
        self._failures.pop(update_id, None)

    def is_poisoned(self, update_id: int) -> bool:
        """Count a failure of an update; whether it is not to be tried again."""
        tries, handled = self._failures.pop(update_id, (0, self._handled))
        self._failures[update_id] = (tries + 1, handled)
        while len(self._failures) > _FAILURES:
            self._failures.popitem(last=False)
        return tries + 1 >= _MOST_TRIES and self._handled > handled


class UpdateHandler:
    """Handles updates of private chats; others are left alone."""

    def __init__(
        self,
        bot: Bot,
        dispatcher: Dispatcher,
        transactions: Transactions,
        services: Services,
        sender: Sender,
    ) -> None:
        self._bot = bot
        self._dispatcher = dispatcher
        self._transactions = transactions
        self._services = services
        self._sender = sender
        self._flood = FloodGate(services.settings.bot.updates_per_minute)
        self._failures = FailureCount()

    async def handle(self, update: Update) -> None:
        """Handle an update; one that was handled is handled no more.

        Raises:
            DBAPIError: The database is away or full: nothing has happened, and the update is to be
                handled later.
        """
        user = _sender_of(update)
        if user is None:
            return
        over = self._flood.count(user.id)
        visit = Visit(user.id, guess_tongue(user.language_code), _NO_SESSION, self._services)
        if over:
            metrics.UPDATES.labels("flood").inc()
            if over == 1:
                visit.say("slow_down")
                self._sender.pass_on(visit.passing)
            return
        with metrics.UPDATE_S.time():
            try:
                outcome = await self._handle(update, user, visit)
            except Exception as error:
                outcome = "failed"
                if isinstance(error, DBAPIError) and not isinstance(error, DataError):
                    if not self._failures.is_poisoned(update.update_id):
                        self._flood.take_back(user.id)
                        raise
                    outcome = "set_aside"
                # Not the message of the error: it may quote what somebody wrote.
                _LOG.exception(f"an update {_TOLD[outcome]}", extra={"error": type(error).__name__})
                await self._skip(update, visit)
        metrics.UPDATES.labels(outcome).inc()

    async def _handle(self, update: Update, user: User, visit: Visit) -> str:
        async with self._transactions.begin(in_turn=user.id) as session:
            if await session.get(HandledUpdate, update.update_id) is not None:
                return "repeated"
            session.add(HandledUpdate(update_id=update.update_id))
            visit.session = session
            visit.participant = await find_participant(session, user.id)
            if visit.participant is not None:
                visit.tongue = Tongue(visit.participant.language)
                visit.participant.reachable = True
            storage = ParticipantStorage(session, visit.participant)
            state = FSMContext(storage, StorageKey(self._bot.id, user.id, user.id))
            await self._dispatcher.feed_update(
                self._bot, update, visit=visit, state=state, raw_state=await state.get_state()
            )
            _write_replies(session, visit)
        self._failures.note_handled(update.update_id)
        for event in visit.wakes:
            event.set()
        self._sender.wake()
        self._sender.pass_on(visit.passing)
        return "handled"

    async def _skip(self, update: Update, visit: Visit) -> None:
        """A fault of ours: whatever was begun is undone, and the person is told."""
        async with self._transactions.begin() as session:
            await session.merge(HandledUpdate(update_id=update.update_id))
        visit.participant = None
        visit.passing.clear()
        visit.say("failed")
        self._sender.pass_on(visit.passing)


_TOLD: Final = {"failed": "failed", "set_aside": "was set aside"}
_NO_SESSION: Final = AsyncSession()


def _write_replies(session: AsyncSession, visit: Visit) -> None:
    for reply in visit.replies if visit.participant else ():
        session.add(
            OutgoingMessage(
                participant_id=visit.person.id,
                clip_id=reply.clip_id,
                method=type(reply.method).__name__,
                payload=dict(dump(reply.method)),
            )
        )


def _sender_of(update: Update) -> User | None:
    """Who sent an update in a private chat; None for all other updates."""
    event = update.message or update.callback_query
    if isinstance(event, Message):
        return event.from_user if event.chat.type == "private" else None
    if isinstance(event, CallbackQuery):
        chat = event.message.chat if event.message else None
        return event.from_user if chat is None or chat.type == "private" else None
    return None
