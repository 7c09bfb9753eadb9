"""The database of jobs: SQLite in a file, or PostgreSQL."""

import asyncio
import os
import sqlite3
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any, Final, ParamSpec, TypeVar

from sqlalchemy import (
    Connection,
    Engine,
    create_engine,
    event,
    make_url,
    text,
)
from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.orm import Session
from tenacity import Retrying, retry_if_exception_type, stop_after_delay, wait_fixed

from ovoz.serving.job_settings import JobsSettings
from ovoz.serving.jobs.schema import prepare, read_identity
from ovoz.serving.neighbours import Neighbour
from ovoz.serving.supervision import is_cancelled

SQLITE_FILE: Final = "jobs.sqlite3"
"""The database within the folder of jobs, where no other is configured."""
WRITES: Final = "ovoz_writes"
"""The execution option of connections whose transactions write."""
_BUSY_MS: Final = 30_000
_DEADLINE_S: Final = 5.0
_THREADS: Final = 16
_NO_TABLE: Final = "42P01"

_Given = ParamSpec("_Given")
_Result = TypeVar("_Result")


class DatabaseClosedError(SQLAlchemyError):
    """The database was closed while somebody waited for its answer."""


class Database:
    """Sessions for reading and for writing.

    A commit returns when the database has it on disk (SQLite: ``synchronous=FULL``).
    """

    def __init__(self, engine: Engine) -> None:
        # A frozen database holds the threads that ask it: they are no others than these.
        self._threads = ThreadPoolExecutor(_THREADS, thread_name_prefix="ovoz-jobs-database")
        self._neighbour = Neighbour("the database of jobs", SQLAlchemyError, deadline_s=_DEADLINE_S)
        self._engine = engine
        self._writing = engine.execution_options(**{WRITES: True})

    async def call(
        self,
        function: Callable[_Given, _Result],
        *args: _Given.args,
        **kwargs: _Given.kwargs,
    ) -> _Result:
        """The result of a blocking function, however long it takes.

        Raises:
            DatabaseClosedError: the database is closed, or was while this waited.
        """
        called = partial(function, *args, **kwargs)
        try:
            waiting = self._threads.submit(called)
        except RuntimeError as error:  # the threads are gone
            raise DatabaseClosedError from error
        try:
            return await asyncio.wrap_future(waiting)
        except asyncio.CancelledError:
            if is_cancelled():
                raise
            raise DatabaseClosedError from None

    async def ask(
        self,
        function: Callable[_Given, _Result],
        *args: _Given.args,
        **kwargs: _Given.kwargs,
    ) -> _Result:
        """The same while a caller waits.

        Raises:
            NeighbourAwayError: the database does not answer in time.
        """
        return await self._neighbour.ask(lambda: self.call(function, *args, **kwargs))

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """A session that sees one state of the database."""
        with Session(self._engine, expire_on_commit=False) as session:
            yield session

    @contextmanager
    def writing(self) -> Iterator[Session]:
        """A session whose changes are committed at the end of the block, or undone by an error."""
        with Session(self._writing, expire_on_commit=False) as session, session.begin():
            yield session

    def prepare(self, folder: Path) -> Path:
        """Create what is not there; the folder of its recordings inside of ``folder``.

        Raises:
            FolderError: ``folder`` is not that of this database.
            OSError: it cannot be written to.
        """
        with self._writing.begin() as connection:
            return prepare(connection, folder)

    def is_still(self, name: str) -> bool:
        """Whether this is the database of that name: not another one, and not emptied.

        Raises:
            SQLAlchemyError: it does not answer.
        """
        with self._engine.connect() as connection:
            try:
                return read_identity(connection) == name
            except DBAPIError as error:
                # Without a table: PostgreSQL's undefined_table, SQLite's only message.
                code = getattr(error.orig, "sqlstate", None)
                if code == _NO_TABLE or "no such table" in str(error.orig):
                    return False
                raise

    def is_writable(self) -> bool:
        """Whether it takes writes; a standby and a file without the right do not.

        Raises:
            SQLAlchemyError: it does not answer.
        """
        with self._writing.connect() as connection, connection.begin():  # SQLite: for writing
            if connection.dialect.name != "postgresql":
                return True
            writable: bool = connection.scalar(text("SHOW transaction_read_only")) == "off"
            if not writable:
                connection.invalidate()  # it would stay so after the server has changed its part
        return writable

    def close(self) -> None:
        """Give the connections back."""
        self._engine.dispose()
        self._threads.shutdown(wait=False, cancel_futures=True)


def open_database(settings: JobsSettings, folder: Path) -> Database:
    """The configured database; :meth:`Database.prepare` sees to its tables.

    Args:
        settings: names the database.
        folder: where SQLite's file lies when they do not.

    Raises:
        OSError: SQLite's file cannot be created.
    """
    return Database(open_engine(settings.database_url or f"sqlite:///{folder / SQLITE_FILE}"))


def open_engine(address: str) -> Engine:
    """Connections to SQLite's file or to PostgreSQL, whose questions end in time.

    Raises:
        OSError: SQLite's file cannot be created.
    """
    url = make_url(address)
    if url.drivername == "postgresql":
        url = url.set(drivername="postgresql+psycopg")
    # Errors must not tell parameters: transcripts are among them, and errors are logged.
    engine = create_engine(url, pool_pre_ping=True, hide_parameters=True)
    if url.drivername == "postgresql+psycopg":
        from ovoz.serving.jobs.postgres import bound_connections  # its driver loads slowly

        bound_connections(engine)
    if engine.dialect.name == "sqlite":
        if url.database:
            os.close(os.open(url.database, os.O_CREAT, 0o600))  # transcripts are in it
        _prepare_sqlite(engine)
    return engine


def _prepare_sqlite(engine: Engine) -> None:
    """Readers beside a writer, writers one after the other, commits on disk.

    Python's driver begins transactions by itself, and late: two that read first and write then
    would refuse each other. So it is told not to, and writers say so when they begin.
    """

    @event.listens_for(engine, "connect")
    def _connected(connection: Any, _record: object) -> None:  # noqa: ANN401  (DB-API, untyped)
        connection.isolation_level = None
        for pragma in (f"busy_timeout={_BUSY_MS}", "synchronous=FULL", "foreign_keys=ON"):
            connection.execute(f"PRAGMA {pragma}")
        # This one does not wait for others who do the same, whatever the time-out says.
        again = Retrying(
            retry=retry_if_exception_type(sqlite3.OperationalError),
            stop=stop_after_delay(_BUSY_MS / 1000),
            wait=wait_fixed(0.05),
            reraise=True,
        )
        again(connection.execute, "PRAGMA journal_mode=WAL")

    @event.listens_for(engine, "begin")
    def _begun(connection: Connection) -> None:
        writes = connection.get_execution_options().get(WRITES, False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
