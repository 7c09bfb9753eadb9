"""The collector on PostgreSQL: the same talk, several processes, and the way there from SQLite."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import select, text

from benchmarks.collection.bot_api import BotApi
from collector.database.migrate import migrate
from collector.database.sessions import open_database
from collector.database.tables import Participant
from collector.storage.folder_store import FolderStore
from collector.texts.catalogue import Tongue, say
from collector.upkeep.backup import back_up, restore
from tests.own_database import own_database

from .conftest import encode, settled, started


@pytest.fixture
def postgres() -> Iterator[str]:
    with own_database() as url:
        yield url


def test_a_clip_from_consent_to_forgetting(tmp_path: Path, spoken, postgres: str) -> None:
    async def scenario() -> None:
        async with started(tmp_path, storage={"database_url": postgres}) as running:
            person, other = running.person(7_000_000_001), running.person(2)
            await person.join()
            await other.join()
            _, sentence = await person.take_prompt()
            await person.contribute(encode(spoken(sentence)))
            await person.until_text(say("submitted", Tongue.UZBEK, today=1, total=1))
            other.say("/review")
            heard = await other.until(lambda sent: sent.method == "sendVoice")
            other.press_button(heard, "v:good")
            await other.until_text(say("no_reviews", Tongue.UZBEK))
            person.say("/nickname")
            person.say("no\x00body")  # PostgreSQL takes no such text
            await person.until_text(say("failed", Tongue.UZBEK))
            person.say("/me")
            await person.until_text("1")
            person.say("/forget")
            sure = await person.until(lambda sent: "f:1" in sent.buttons.values())
            person.press_button(sure, "f:1")
            await person.until_text(say("forgotten", Tongue.UZBEK)[:10])
            await settled(running)
            assert not list((tmp_path / "audio").glob("*/*"))

    asyncio.run(scenario())


def test_one_process_leads_and_another_takes_over(postgres: str) -> None:
    async def scenario() -> None:
        first, second = open_database(postgres), open_database(postgres)
        leading: list[str] = []

        async def lead(name: str, transactions) -> None:
            async with transactions.lead():
                leading.append(name)
                await asyncio.sleep(60)

        one = asyncio.create_task(lead("first", first))
        while not leading:
            await asyncio.sleep(0.01)
        two = asyncio.create_task(lead("second", second))
        await asyncio.sleep(0.5)
        assert leading == ["first"]
        one.cancel()
        async with asyncio.timeout(20):
            while leading != ["first", "second"]:
                await asyncio.sleep(0.05)
            # An administrator, or a break of the network, ends the connection: the lead is over.
            await first.engine.dispose()
            async with first.begin() as session:
                await session.execute(
                    text(
                        "SELECT pg_terminate_backend(pid) FROM pg_locks"
                        " WHERE locktype = 'advisory' AND granted"
                    )
                )
            with pytest.raises(ExceptionGroup):
                await two
        await asyncio.gather(one, two, return_exceptions=True)
        await first.close()
        await second.close()

    asyncio.run(scenario())


def test_a_back_up_moves_from_sqlite(tmp_path: Path, spoken, postgres: str) -> None:
    async def scenario() -> None:
        api = BotApi()
        await api.start()
        async with started(tmp_path / "bot", api=api) as running:
            person = running.person(1)
            await person.join()
            _, sentence = await person.take_prompt()
            await person.contribute(encode(spoken(sentence)))
            await person.until_text("Rahmat")
            await settled(running)
            await back_up(
                running.collector.transactions, running.collector.store, tmp_path / "backup"
            )
        database = open_database(postgres)
        await migrate(database)
        await restore(database, FolderStore(tmp_path / "audio"), tmp_path / "backup")
        async with database.begin() as session:
            assert await session.scalar(select(Participant.telegram_id)) == 1
        await database.close()
        settings = {"database_url": postgres, "audio": str(tmp_path / "audio")}
        async with started(tmp_path, api=api, storage=settings) as running:
            # The counters of rows go on after those that were brought.
            person = running.person(2)
            await person.join()
            person.say("/review")
            await person.until(lambda sent: sent.method == "sendVoice")
        await api.stop()

    asyncio.run(scenario())
