"""``python -m collector``: run the bot, and look after what it collects."""

import asyncio
import signal
import sys
from collections.abc import AsyncIterator, Coroutine, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Annotated, Any, NoReturn, TypeVar

import typer
from pydantic import ValidationError
from rich.console import Console
from rich.markup import escape
from sqlalchemy import select, update
from sqlalchemy.exc import SQLAlchemyError

from collector.bot.announcing import announce_campaign
from collector.bot.app import BotSettingsError, run
from collector.bot.handlers.moderation import describe
from collector.bot.logs import log_as_json
from collector.database.migrate import migrate
from collector.database.sessions import Transactions, open_database
from collector.database.tables import Campaign, Prompt, now
from collector.people.withdrawal import count_pending
from collector.prompts.intake import add_prompts
from collector.prompts.packs import PromptPackError, own_packs, read_pack
from collector.settings import CollectorSettings
from collector.storage.audio_store import open_audio_store
from collector.upkeep.backup import BackupError, back_up, restore
from collector.upkeep.campaigns import find_open, list_wanted, open_campaigns
from collector.upkeep.corpus_withdrawals import CorpusWithdrawalError, forget_in_corpus
from collector.upkeep.export import export_collection
from collector.upkeep.statistics import measure_collection
from ovoz.corpus.forgotten import read_forgotten
from ovoz.corpus.manifest import Dialect
from ovoz.corpus.wanted import WantedSpeech, WantedSpeechError, read_wanted
from ovoz.text.pack import load_pack
from ovoz.validation_message import describe_validation

_MISUSE = 2
_Result = TypeVar("_Result")

app = typer.Typer(
    no_args_is_help=True,
    pretty_exceptions_show_locals=False,
    help="The Telegram bot that collects speech; its settings: docs/collector.md.",
)
prompts = typer.Typer(no_args_is_help=True, help="What is read.")
campaigns = typer.Typer(no_args_is_help=True, help="Speech that is wanted more than other.")
app.add_typer(prompts, name="prompts")
app.add_typer(campaigns, name="campaigns")


@app.command("run")
def run_bot() -> None:
    """Run the bot until SIGTERM."""
    settings = _settings()
    log_as_json(settings.bot.log_level)

    async def until_stopped() -> None:
        running = asyncio.create_task(run(settings, lambda: typer.echo("ready", err=True)))
        for name in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(name, running.cancel)
        try:
            await running
        except asyncio.CancelledError:
            return

    _do(until_stopped())


@prompts.command("add")
def prompts_add(
    files: Annotated[
        list[Path] | None, typer.Argument(help="Packs; those of the collector without any.")
    ] = None,
) -> None:
    """Add packs of prompts; what is refused is named with the reason."""

    async def add() -> None:
        async with _database() as (settings, transactions), transactions.begin() as session:
            pack = settings.bot.pack
            packs = [read_pack(file) for file in files] if files else list(own_packs(pack))
            added, refused = await add_prompts(session, packs, load_pack(pack))
        for prompt in refused:
            _warn(f"{prompt.pack}: {prompt.text!r}: {prompt.reason}")
        typer.echo(f"added {added}, refused {len(refused)}")

    _do(add())


@prompts.command("retire")
def prompts_retire(pack: Annotated[str, typer.Argument(help="Name of a pack.")]) -> None:
    """Read a pack no more; what was read of it stays."""

    async def retire() -> None:
        async with _database() as (_, transactions), transactions.begin() as session:
            await session.execute(update(Prompt).where(Prompt.pack == pack).values(active=False))

    _do(retire())


@campaigns.command("open")
def campaigns_open(
    title: Annotated[str, typer.Argument(help="What is wanted, for people to read.")],
    target: Annotated[int, typer.Option(min=1, help="How many accepted clips.")],
    dialect: Annotated[Dialect | None, typer.Option(help="Of the speakers.")] = None,
    language: Annotated[str, typer.Option(help="Of the prompts, or mixed.")] = "",
    domain: Annotated[str, typer.Option(help="Of the prompts.")] = "",
) -> None:
    """Open a campaign and tell those whom it wants."""
    try:
        wanted = WantedSpeech(
            title=title, target=target, dialect=dialect, language=language, domain=domain
        )
    except ValidationError as error:
        _stop(describe_validation(error))
    _do(_open_campaigns([wanted]))


@campaigns.command("import")
def campaigns_import(
    file: Annotated[Path, typer.Argument(help="Wanted speech, as `ovoz drift --act` writes it.")],
) -> None:
    """Open the campaigns of a file; those that are open already are left as they are."""
    try:
        wanted = read_wanted(file)
    except WantedSpeechError as error:
        _stop(str(error))
    _do(_open_campaigns(wanted))


async def _open_campaigns(wanted: Sequence[WantedSpeech]) -> None:
    async with _database() as (_, transactions), transactions.begin() as session:
        for one in wanted:
            if await find_open(session, one) is not None:
                typer.echo(f"already open: {one.title}")
                continue
            campaign = Campaign(
                title=one.title,
                target=one.target,
                dialect=one.dialect or "",
                language=one.language,
                domain=one.domain,
            )
            session.add(campaign)
            participants = await list_wanted(session, campaign)
            for participant in participants:
                announce_campaign(session, participant, one.title, one.target)
            typer.echo(f"campaign {campaign.id}: told to {len(participants)}")


@campaigns.command("list")
def campaigns_list() -> None:
    """Open campaigns and how far they are."""

    async def show() -> None:
        async with _database() as (_, transactions), transactions.begin() as session:
            for campaign, done in await open_campaigns(session):
                typer.echo(f"{campaign.id}\t{done}/{campaign.target}\t{campaign.title}")

    _do(show())


@campaigns.command("close")
def campaigns_close(number: Annotated[int, typer.Argument(help="Of the campaign.")]) -> None:
    """Close a campaign."""

    async def end() -> None:
        async with _database() as (_, transactions), transactions.begin() as session:
            campaign = await session.scalar(select(Campaign).where(Campaign.id == number))
            if campaign is None:
                _stop(f"{number}: no such campaign; `campaigns list` shows them")
            campaign.closed_at = now()

    _do(end())


@app.command()
def stats() -> None:
    """Figures of the collection."""

    async def show() -> None:
        async with _database() as (_, transactions), transactions.begin() as session:
            lines = describe(await measure_collection(session))
            pending = await count_pending(session)
        typer.echo("\n".join([*lines, f"withdrawn, perhaps still in a corpus: {pending}"]))

    _do(show())


@app.command()
def export(
    folder: Annotated[Path, typer.Argument(help="An older export in it becomes the new one.")],
    forget: Annotated[
        Path | None, typer.Option(help="Workspace out of whose corpus who withdrew is taken.")
    ] = None,
) -> None:
    """Write the accepted clips for the corpus source `telegram`."""

    async def write() -> None:
        async with _database() as (settings, transactions):
            store = open_audio_store(settings.storage.audio)
            clips = await export_collection(transactions, store, folder)
            typer.echo(f"{folder}: {clips} clips")
            if forget is not None:
                gone = await forget_in_corpus(transactions, forget)
                typer.echo(f"{forget}: {gone} speakers forgotten")

    _do(write())


@app.command()
def backup(folder: Annotated[Path, typer.Argument(help="Is replaced.")]) -> None:
    """Write every row and every recording."""

    async def write() -> None:
        async with _database() as (settings, transactions):
            store = open_audio_store(settings.storage.audio)
            files = await back_up(transactions, store, folder)
        typer.echo(f"{folder}: {files} recordings")

    _do(write())


@app.command("restore")
def restore_backup(
    folder: Annotated[Path, typer.Argument(help="What `backup` wrote.")],
    forgotten: Annotated[
        Path | None, typer.Option(help="forgotten.txt of `ovoz forget`: they stay forgotten.")
    ] = None,
) -> None:
    """Bring a back-up into an empty database."""

    async def bring() -> None:
        async with _database() as (settings, transactions):
            store = open_audio_store(settings.storage.audio)
            digests = read_forgotten(forgotten) if forgotten else ()
            people = await restore(transactions, store, folder, digests)
        typer.echo(f"{people} participants")

    _do(bring())


@asynccontextmanager
async def _database() -> AsyncIterator[tuple[CollectorSettings, Transactions]]:
    settings = _settings()
    transactions = open_database(settings.storage.database_url)
    try:
        await migrate(transactions)
        yield settings, transactions
    finally:
        await transactions.close()


def _settings() -> CollectorSettings:
    try:
        return CollectorSettings()
    except ValidationError as error:
        wrong = error.errors(include_input=False, include_url=False)[0]
        _stop(f"OVOZ_COLLECTOR: {'.'.join(map(str, wrong['loc']))}: {wrong['msg']}")


def _do(work: Coroutine[Any, Any, _Result]) -> _Result:
    """Run a command; what is wrong is one line."""
    try:
        return asyncio.run(work)
    except (BotSettingsError, PromptPackError, BackupError, CorpusWithdrawalError) as error:
        _stop(error)
    except SQLAlchemyError as error:
        _stop(f"the database: {getattr(error, 'orig', None) or type(error).__name__}")
    except OSError as error:
        _stop(error)


def _warn(message: object) -> None:
    Console(stderr=True, soft_wrap=True).print(escape(str(message)), highlight=False)


def _stop(error: object) -> NoReturn:
    _warn(f"error: {error}")
    sys.exit(_MISUSE)


if __name__ == "__main__":
    app()
