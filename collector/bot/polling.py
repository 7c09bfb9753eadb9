"""Long polling that confirms updates after they were handled.

aiogram's own polling either handles one update at a time, or confirms updates whose handling has
only begun: a process killed then loses them. Here a batch is handled side by side and confirmed by
the next call, so a killed process is given it again; what was handled of it is known.
"""

import asyncio
import logging
from collections import defaultdict
from typing import Any, Final, cast

from aiogram import Bot
from aiogram.exceptions import ClientDecodeError, TelegramAPIError, TelegramRetryAfter
from aiogram.methods import GetUpdates
from aiogram.types import Update
from pydantic import ValidationError
from sqlalchemy.exc import DBAPIError

from collector.bot import metrics
from collector.bot.updates import UpdateHandler

_KINDS: Final = ["message", "callback_query"]
_FIRST_WAIT_S: Final = 0.5
_LONGEST_WAIT_S: Final = 30.0
_LOG: Final = logging.getLogger(__name__)


class _RawUpdates(GetUpdates):
    """``getUpdates`` whose answer is not read as a whole.

    Telegram grows kinds of messages that this aiogram does not know; one of them must not keep all
    the others from being read.
    """

    __returning__ = list[dict[str, Any]]


class Polling:
    """Asks for updates until it is cancelled."""

    def __init__(self, bot: Bot, handler: UpdateHandler, timeout_s: int) -> None:
        self._bot = bot
        self._handler = handler
        self._timeout_s = timeout_s
        self._offset: int | None = None

    async def run(self) -> None:
        """Ask and handle; what fails is tried again, after waits that grow."""
        wait_s = _FIRST_WAIT_S
        called_back = False
        while True:
            try:
                if not called_back:  # Telegram answers no polls while it has a webhook
                    called_back = await self._bot.delete_webhook()
                await self._handle(await self._ask())
                wait_s = _FIRST_WAIT_S
                continue
            except TelegramRetryAfter as error:
                wait_s = float(error.retry_after)
            except (TelegramAPIError, ClientDecodeError) as error:
                _LOG.warning("no updates", extra={"error": type(error).__name__})
            except DBAPIError as error:
                metrics.STORE_FULL.set("full" in str(error.orig))
                _LOG.error("the database does not answer", extra={"error": str(error.orig)})
            await asyncio.sleep(wait_s)
            wait_s = min(2 * wait_s, _LONGEST_WAIT_S)

    async def _ask(self) -> list[Update]:
        asked = _RawUpdates(offset=self._offset, timeout=self._timeout_s, allowed_updates=_KINDS)
        answer = await self._bot(asked, request_timeout=self._timeout_s + 10)
        return [self._read(one) for one in cast("list[dict[str, Any]]", answer)]

    def _read(self, raw: dict[str, Any]) -> Update:
        """An update; one of an unknown kind is empty but for its number."""
        try:
            return Update.model_validate(raw, context={"bot": self._bot})
        except ValidationError as error:
            fields = [".".join(map(str, one["loc"])) for one in error.errors(include_input=False)]
            _LOG.error("an update cannot be read", extra={"fields": fields[:10]})
            metrics.UPDATES.labels("unreadable").inc()
            return Update(update_id=raw["update_id"])

    async def _handle(self, updates: list[Update]) -> None:
        """Handle a batch: people side by side, the updates of one in order."""
        by_person: dict[int, list[Update]] = defaultdict(list)
        for update in updates:
            event = update.message or update.callback_query
            by_person[event.from_user.id if event and event.from_user else 0].append(update)
        # All are waited for, failed or not: none may go on while the batch is asked for again.
        ended = await asyncio.gather(
            *(self._handle_one_by_one(those) for those in by_person.values()),
            return_exceptions=True,
        )
        for error in ended:
            if error is not None:
                raise error
        if updates:
            self._offset = updates[-1].update_id + 1

    async def _handle_one_by_one(self, updates: list[Update]) -> None:
        for update in updates:
            await self._handler.handle(update)
