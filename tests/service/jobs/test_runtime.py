"""Jobs whose database is away when the service starts."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from sqlalchemy.exc import OperationalError

from ovoz.serving.jobs import runtime
from ovoz.serving.jobs.runtime import kept_running
from tests.service.jobs.calls import send


def test_service_answers_without_the_database_of_jobs(service, clip: Path) -> None:
    client = service(jobs_database_url="postgresql://nobody@127.0.0.1:1/nothing")
    asked = send(client, [clip.read_bytes()])
    assert (asked.status_code, asked.headers["retry-after"]) == (503, "10")
    assert asked.json()["type"] == "urn:ovoz:problem:jobs-unavailable"
    health = client.get("/health").json()
    assert (health["status"], health["checks"]["jobs"]["ok"]) == ("degraded", False)
    assert client.post("/transcribe", files={"file": clip.read_bytes()}).status_code == 200


def test_jobs_open_when_the_database_comes_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runtime, "_RETRY_S", 0.01)
    seen: list[object] = []
    tries = 0

    class Opened:
        lost = asyncio.Event()

    @asynccontextmanager
    async def opening() -> AsyncIterator[Opened]:
        nonlocal tries
        tries += 1
        if tries < 3:
            raise OperationalError("connect", None, OSError())
        yield Opened()

    def use(jobs: Opened | None, why: str) -> None:
        seen.append(why if jobs is None else "open")

    async def live() -> None:
        async with kept_running(opening, use):
            while seen.count("open") < 1:
                await asyncio.sleep(0.01)
            Opened.lost.set()
            while seen.count("open") < 2:
                Opened.lost.clear()
                await asyncio.sleep(0.01)

    asyncio.run(asyncio.wait_for(live(), 10))
    away, closed = "OperationalError", "they are being closed"
    assert seen == [away, away, "open", closed, "open", closed]


def test_service_starts_while_the_database_hangs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runtime, "_PATIENCE_S", 0.05)
    go = asyncio.Event()

    @asynccontextmanager
    async def opening() -> AsyncIterator[None]:
        await go.wait()
        raise OperationalError("connect", None, OSError())
        yield

    async def live() -> None:
        async with kept_running(opening, lambda *_: None):
            go.set()

    asyncio.run(asyncio.wait_for(live(), 10))


def test_fault_that_waiting_does_not_mend_is_raised() -> None:
    @asynccontextmanager
    async def opening() -> AsyncIterator[None]:
        raise ModuleNotFoundError("no driver")
        yield

    async def live() -> None:
        async with kept_running(opening, lambda *_: None):
            raise AssertionError("it does not start")

    with pytest.raises(ModuleNotFoundError):
        asyncio.run(asyncio.wait_for(live(), 10))
