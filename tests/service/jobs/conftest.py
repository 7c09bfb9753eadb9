"""A service with jobs in this process, databases to keep them in, and somebody to call it."""

import socket
import uuid
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import create_engine, text
from sqlalchemy.exc import OperationalError

from ovoz.serving.app import build_app
from ovoz.serving.auth.caller import CALLER, Caller
from ovoz.serving.inference.local_model import LocalModel
from ovoz.serving.job_settings import JobsSettings
from ovoz.serving.jobs.database import Database, open_database
from tests.own_database import POSTGRES
from tests.service.settings import settings_with

AMQP = "amqp://guest:guest@127.0.0.1:5672/"


class AsNamed:
    """ASGI middleware that takes the caller's name from a header, as authentication would."""

    def __init__(self, app: Any) -> None:
        self._app = app

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "http":
            name = dict(scope["headers"]).get(b"x-caller", b"anna").decode()
            scope[CALLER] = Caller(name)
        await self._app(scope, receive, send)


@pytest.fixture(scope="session")
def recogniser(artifact: Path) -> LocalModel:
    return LocalModel.load(artifact, threads=1)


@pytest.fixture
def service(tmp_path: Path, recogniser: LocalModel) -> Iterator[Callable[..., TestClient]]:
    """Makes services; the folder is one and the same unless another one is named."""
    with ExitStack() as stack:

        def made(model: LocalModel | None = recogniser, **settings: Any) -> TestClient:
            chosen = {"jobs_dir": tmp_path / "jobs", "jobs_sweep_s": 0.1} | settings
            app = build_app(settings_with(**chosen), model)
            app.add_middleware(AsNamed)
            return stack.enter_context(TestClient(app))

        yield made


@pytest.fixture
def postgres() -> Iterator[str]:
    """The URL of a schema of its own."""
    name = f"ovoz_{uuid.uuid4().hex[:12]}"
    engine = create_engine(POSTGRES, connect_args={"connect_timeout": 2})
    try:
        with engine.begin() as connection:
            connection.execute(text(f"CREATE SCHEMA {name}"))
    except OperationalError as error:
        pytest.skip(f"no PostgreSQL on its usual port: {error.orig}")
    yield f"{POSTGRES}?options=-csearch_path%3D{name}"
    with engine.begin() as connection:
        connection.execute(text(f"DROP SCHEMA {name} CASCADE"))
    engine.dispose()


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest) -> str:
    return "" if request.param == "sqlite" else request.getfixturevalue("postgres")


@pytest.fixture
def database(database_url: str, tmp_path: Path) -> Iterator[Database]:
    settings = JobsSettings(dir=tmp_path, database_url=database_url)
    opened = open_database(settings, tmp_path)
    opened.prepare(tmp_path)
    yield opened
    opened.close()


@pytest.fixture
def queue() -> Iterator[str]:
    """A queue of its own in RabbitMQ."""
    pytest.importorskip("aio_pika")
    try:
        socket.create_connection(("127.0.0.1", 5672), 1).close()
    except OSError as error:
        pytest.skip(f"no RabbitMQ on its usual port: {error}")
    name = f"ovoz.test.{uuid.uuid4().hex[:12]}"
    yield name
    _delete(name)


def _delete(name: str) -> None:
    import asyncio

    import aio_pika

    async def delete() -> None:
        connection = await aio_pika.connect(AMQP)
        async with connection:
            channel = await connection.channel()
            for each in (name, f"{name}.dead"):
                await channel.queue_delete(each)
            await channel.exchange_delete(name)

    asyncio.run(delete())
