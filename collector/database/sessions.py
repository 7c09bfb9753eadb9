"""Transactions on SQLite or PostgreSQL."""

import asyncio
import os
import sqlite3
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any, Final

from sqlalchemy import Connection, event, make_url, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, AsyncSession, create_async_engine

from collector.settings import sqlite_file

_BUSY_MS: Final = 30_000
_LEAD: Final = {"lead": -1}
"""Numbers of people are positive."""
_LEAD_S: Final = 2.0
_POSTGRES_LIMITS: Final = {
    "connect_timeout": 5,
    "options": "-c statement_timeout=15000 -c lock_timeout=10000",
}


class Transactions:
    """Opens transactions; whatever a block changes is there as a whole, or not at all.

    A commit returns when the database has it on disk.
    """

    def __init__(self, engine: AsyncEngine) -> None:
        self.engine = engine
        # SQLite has one writer. Waiting here is fair; its own waiting is by sleeping.
        self._turn = asyncio.Lock() if engine.dialect.name == "sqlite" else None

    @asynccontextmanager
    async def begin(self, *, in_turn: int | None = None) -> AsyncIterator[AsyncSession]:
        """A session; committed at the end of the block, undone where it raises.

        Args:
            in_turn: A number; transactions of the same one wait for each other, in whatever process
                they are.

        Raises:
            DBAPIError: The database is away, locked or full.
        """
        async with AsyncExitStack() as stack:
            if self._turn is not None:
                await stack.enter_async_context(self._turn)
            session = await stack.enter_async_context(
                AsyncSession(self.engine, expire_on_commit=False)
            )
            await stack.enter_async_context(session.begin())
            if in_turn is not None and self._turn is None:
                waiting = text("SELECT pg_advisory_xact_lock(:turn)")
                await session.execute(waiting, {"turn": in_turn})
            yield session

    @asynccontextmanager
    async def lead(self) -> AsyncIterator[None]:
        """Wait until no other process leads, and lead until the end of the block.

        What is written down is sent, checked and deleted by the process that leads. A process that
        is killed leads no more. In PostgreSQL the lead is a lock of a connection; where that is
        lost, the block is cancelled.

        Raises:
            DBAPIError: The database is away.
        """
        if self._turn is not None:
            yield
            return
        async with self.engine.connect() as connection:
            connection = await connection.execution_options(isolation_level="AUTOCOMMIT")
            while not await connection.scalar(text("SELECT pg_try_advisory_lock(:lead)"), _LEAD):
                await asyncio.sleep(_LEAD_S)
            try:
                async with asyncio.TaskGroup() as tasks:
                    watch = tasks.create_task(_keep_asking(connection), name="collector-lead")
                    yield
                    watch.cancel()
            finally:
                # A pooled connection would keep the lock.
                await connection.invalidate()

    async def answers(self) -> bool:
        """Whether the database can be asked."""
        try:
            async with self.engine.connect() as connection:
                await connection.execute(text("SELECT 1"))
        except (DBAPIError, OSError):
            return False
        return True

    async def close(self) -> None:
        """Give the connections back."""
        await self.engine.dispose()


async def _keep_asking(connection: AsyncConnection) -> None:
    """Ask until the connection is lost, which raises."""
    while True:
        await asyncio.sleep(_LEAD_S)
        await connection.execute(text("SELECT 1"))


def open_database(url: str) -> Transactions:
    """The database at a URL; a file of SQLite is created, readable by its owner alone.

    Raises:
        OSError: The file cannot be created.
    """
    file = sqlite_file(url)
    if file is None:
        engine = create_async_engine(
            make_url(url), pool_pre_ping=True, hide_parameters=True, connect_args=_POSTGRES_LIMITS
        )
        return Transactions(engine)
    file.parent.mkdir(parents=True, exist_ok=True)
    os.close(os.open(file, os.O_CREAT, 0o600))
    # Errors are logged: they must not quote what people said.
    engine = create_async_engine(url, hide_parameters=True)
    _prepare_sqlite(engine)
    return Transactions(engine)


def _prepare_sqlite(engine: AsyncEngine) -> None:
    """Commits on disk, foreign keys, deleted content overwritten; writers wait for each other.

    Python's driver begins transactions late, when two that read first would refuse each other.
    """

    @event.listens_for(engine.sync_engine, "connect")
    def _connected(connection: Any, _record: object) -> None:  # noqa: ANN401  (DB-API, untyped)
        connection.isolation_level = None
        cursor = connection.cursor()
        for pragma in (
            f"busy_timeout={_BUSY_MS}",
            "journal_mode=WAL",
            "synchronous=FULL",
            "foreign_keys=ON",
            "secure_delete=ON",
        ):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    @event.listens_for(engine.sync_engine, "begin")
    def _begun(connection: Connection) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE")


async def scrub(transactions: Transactions) -> None:
    """Rid SQLite's file and its log of what deleted rows left; PostgreSQL's are its server's.

    `secure_delete` overwrites deleted rows, but not the copies that stay behind where SQLite moved
    rows within a page: the file is written anew, which takes time as the database grows.

    Raises:
        sqlite3.OperationalError: Another process is at work in the file, or the disk is full.
    """
    await _ask_sqlite(transactions, "VACUUM")
    await empty_log(transactions)


async def empty_log(transactions: Transactions) -> None:
    """Empty SQLite's log, where deleted rows would still lie.

    Raises:
        sqlite3.OperationalError: Another process is reading it.
    """
    (busy, *_), *_ = await _ask_sqlite(transactions, "PRAGMA wal_checkpoint(TRUNCATE)") or [(0,)]
    if busy:
        raise sqlite3.OperationalError("the log is being read")


async def _ask_sqlite(transactions: Transactions, statement: str) -> list[tuple[Any, ...]]:
    """Execute what no transaction may hold; nothing where the database is none of SQLite."""
    if transactions.engine.dialect.name != "sqlite":
        return []
    async with transactions.engine.connect() as connection:
        raw = await connection.get_raw_connection()
        cursor = await raw.driver_connection.execute(statement)  # type: ignore[union-attr]
        return list(await cursor.fetchall())
