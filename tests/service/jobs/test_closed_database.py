"""Whoever waits for a database or a resolver that is closed is told so, and is not cancelled."""

import asyncio
import threading
from contextlib import suppress

import pytest
from sqlalchemy import create_engine

from ovoz.serving.jobs.database import Database, DatabaseClosedError
from ovoz.serving.neighbours import NeighbourAwayError


@pytest.fixture
def database():
    opened = Database(create_engine("sqlite://"))
    yield opened
    opened.close()


def test_calls_that_wait_end_with_it(database: Database) -> None:
    async def close_under_load() -> list[object]:
        held = threading.Event()
        calls = [asyncio.create_task(database.call(held.wait, 10)) for _ in range(16)]
        late = [asyncio.create_task(database.ask(int)) for _ in range(3)]
        await asyncio.sleep(0.2)
        database.close()
        found = await asyncio.gather(*late, return_exceptions=True)
        held.set()
        assert await asyncio.gather(*calls) == [True] * 16
        return list(found)

    for one in asyncio.run(close_under_load()):
        assert isinstance(one, NeighbourAwayError)


def test_a_closed_one_refuses(database: Database) -> None:
    database.close()
    with pytest.raises(DatabaseClosedError):
        asyncio.run(database.call(int))


def test_a_cancelled_caller_stays_cancelled(database: Database) -> None:
    async def give_up() -> bool:
        held = threading.Event()
        call = asyncio.create_task(database.call(held.wait, 10))
        await asyncio.sleep(0.1)
        call.cancel()
        with suppress(asyncio.CancelledError):
            await call
        held.set()
        return call.cancelled()

    assert asyncio.run(give_up())
