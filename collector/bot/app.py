"""The bot as a whole: what it is made of, and how it starts and ends."""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from typing import Final

from aiogram import Bot, Dispatcher, Router
from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.client.telegram import TelegramAPIServer
from aiogram.utils.token import TokenValidationError
from aiohttp import web
from sqlalchemy import delete, select

from collector.bot import metrics
from collector.bot.background import keep_running
from collector.bot.filters import is_member
from collector.bot.handlers import account, agreement, moderation, profile, record, review
from collector.bot.listening import Listener
from collector.bot.polling import Polling
from collector.bot.sending import Sender
from collector.bot.updates import UpdateHandler
from collector.bot.visit import Services
from collector.bot.web import WEBHOOK_PATH, build_web
from collector.database.migrate import migrate
from collector.database.sessions import Transactions, open_database
from collector.database.states import ClipState
from collector.database.tables import HandledUpdate, OutgoingMessage, Prompt, now
from collector.people.withdrawal import delete_audio, delete_strays, scrub_forgotten
from collector.prompts.coverage import Coverage
from collector.recording.recogniser import RecogniserClient
from collector.settings import CollectorSettings
from collector.storage.audio_store import AudioStore, open_audio_store
from collector.upkeep.statistics import measure_collection
from ovoz.text.pack import load_pack

_UPKEEP_S: Final = 60.0
_REMEMBERED: Final = timedelta(days=7)
"""Telegram keeps updates for a day."""
_LOG: Final = logging.getLogger(__name__)


class BotSettingsError(ValueError):
    """Settings with which no bot can be run; the message names the variable."""


@cache
def build_dispatcher() -> Dispatcher:
    """The handlers. They keep nothing: one dispatcher serves every bot of the process."""
    dispatcher = Dispatcher(disable_fsm=True)
    members = Router(name="members")
    members.message.filter(is_member)
    members.callback_query.filter(is_member)
    for module in (profile, record, review, moderation, account):
        members.include_router(module.router)
    dispatcher.include_routers(agreement.router, agreement.strangers, members)
    return dispatcher


@dataclass(frozen=True, slots=True)
class Collector:
    """Everything that runs."""

    settings: CollectorSettings
    bot: Bot
    transactions: Transactions
    store: AudioStore
    services: Services
    sender: Sender
    handler: UpdateHandler
    listener: Listener

    async def keep_up(self) -> None:
        """Delete audio that is to go as soon as it is, what is kept for a week, and set figures."""
        while True:
            self.services.deleting.clear()
            await delete_audio(self.transactions, self.store)
            await scrub_forgotten(self.transactions)
            async with self.transactions.begin() as session:
                last = now() - _REMEMBERED
                await session.execute(delete(HandledUpdate).where(HandledUpdate.handled_at < last))
                old = OutgoingMessage.set_aside_at < last
                await session.execute(delete(OutgoingMessage).where(old))
                statistics = await measure_collection(session)
            metrics.PARTICIPANTS.set(statistics.participants)
            metrics.ACCEPTED_HOURS.set(statistics.accepted_hours)
            for state in ClipState:
                metrics.CLIPS.labels(state).set(statistics.clips.get(state, 0))
            try:
                await asyncio.wait_for(self.services.deleting.wait(), _UPKEEP_S)
            except TimeoutError:
                continue


@asynccontextmanager
async def open_collector(settings: CollectorSettings) -> AsyncIterator[Collector]:
    """Everything that runs, not running yet; the database has the tables of this version.

    Raises:
        BotSettingsError: A setting is missing.
        DBAPIError: The database is away.
    """
    bot = _open_bot(settings)
    transactions = open_database(settings.storage.database_url)
    pack = load_pack(settings.bot.pack)
    recogniser = RecogniserClient(settings.recogniser, pack)
    store = open_audio_store(settings.storage.audio)
    services = Services(settings, pack, Coverage(pack))
    sender = Sender(bot, transactions, store, settings.bot.messages_per_second)
    try:
        await migrate(transactions)
        await _count_readings(transactions, services.coverage)
        yield Collector(
            settings,
            bot,
            transactions,
            store,
            services,
            sender,
            UpdateHandler(bot, build_dispatcher(), transactions, services, sender),
            Listener(bot, transactions, store, services, recogniser, sender),
        )
    finally:
        await sender.finish()
        await recogniser.close()
        await bot.session.close()
        await transactions.close()


async def run(settings: CollectorSettings, ready: Callable[[], None] = lambda: None) -> None:
    """Run until cancelled. A kill at any moment loses no clip: the next start goes on.

    Raises:
        BotSettingsError: A setting is missing.
        OSError: The port is taken, or the store is away.
    """
    async with open_collector(settings) as collector:
        secret = settings.bot.webhook_secret.get_secret_value()
        app = build_web(collector.bot, collector.handler, collector.transactions, secret)
        runner = web.AppRunner(app, access_log=None)
        await runner.setup()
        await web.TCPSite(runner, settings.bot.listen_host, settings.bot.listen_port).start()
        if settings.bot.webhook_url:
            await _ask_for_calls(collector)
        _LOG.info("the collector runs", extra={"webhook": bool(settings.bot.webhook_url)})
        ready()
        try:
            await keep_running("lead", lambda: _lead(collector))
        finally:
            await runner.cleanup()


async def _lead(collector: Collector) -> None:
    """Do what one process alone may do: of several, the others handle calls of the webhook.

    Raises:
        OSError: The store is away.
        DBAPIError: The database is away.
    """
    works: dict[str, Callable[[], Awaitable[None]]] = {
        "sender": collector.sender.run,
        "listener": collector.listener.run,
        "upkeep": collector.keep_up,
    }
    settings = collector.settings.bot
    if not settings.webhook_url:
        works["polling"] = Polling(collector.bot, collector.handler, settings.poll_s).run
    async with collector.transactions.lead():
        await delete_strays(collector.transactions, collector.store)
        async with asyncio.TaskGroup() as tasks:
            for name, work in works.items():
                tasks.create_task(keep_running(name, work), name=f"collector-{name}")


async def _ask_for_calls(collector: Collector) -> None:
    """Have Telegram call the webhook."""
    settings = collector.settings.bot
    await collector.bot.set_webhook(
        settings.webhook_url.rstrip("/") + WEBHOOK_PATH,
        secret_token=settings.webhook_secret.get_secret_value(),
        allowed_updates=["message", "callback_query"],
    )


def _open_bot(settings: CollectorSettings) -> Bot:
    if settings.bot.webhook_url and not settings.bot.webhook_secret.get_secret_value():
        raise BotSettingsError("OVOZ_COLLECTOR_WEBHOOK_SECRET: a webhook needs one")
    session = AiohttpSession(api=TelegramAPIServer.from_base(settings.bot.api_url))
    try:
        return Bot(settings.bot.token.get_secret_value(), session=session)
    except TokenValidationError as error:
        raise BotSettingsError(
            "OVOZ_COLLECTOR_TOKEN: no token of a bot; @BotFather gives one"
        ) from error


async def _count_readings(transactions: Transactions, coverage: Coverage) -> None:
    async with transactions.begin() as session:
        for prompt in await session.scalars(select(Prompt).where(Prompt.taken > 0)):
            coverage.count(prompt, prompt.taken)
