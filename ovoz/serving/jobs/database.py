"""The database of jobs: SQLite in a file, or PostgreSQL."""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Connection, Engine, create_engine, event, make_url, text
from sqlalchemy.orm import Session
from tenacity import Retrying, retry_if_exception_type, stop_after_delay, wait_fixed

from ovoz.serving.jobs.tables import Base
from ovoz.serving.settings import JobsSettings

_WRITES: Final = "ovoz_writes"
_BUSY_MS: Final = 30_000
_CONNECT_S: Final = 5
_SCHEMA_LOCK: Final = 0x6F766F7A
"""Any number, the same in all processes."""


class Database:
    """Sessions for reading and for writing.

    A commit returns when the database has it on disk (SQLite: ``synchronous=FULL``).
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._writing = engine.execution_options(**{_WRITES: True})

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

    def create_tables(self) -> None:
        """Create what is not there; several processes may do it at once."""
        with self._writing.begin() as connection:
            if connection.dialect.name == "postgresql":
                connection.execute(text("SELECT pg_advisory_xact_lock(:n)"), {"n": _SCHEMA_LOCK})
            Base.metadata.create_all(connection)

    def close(self) -> None:
        """Give the connections back."""
        self._engine.dispose()


def open_database(settings: JobsSettings, folder: Path) -> Database:
    """The configured database, with its tables.

    Args:
        settings: names the database.
        folder: where SQLite's file lies when they do not.

    Raises:
        OSError: SQLite's file cannot be created.
        SQLAlchemyError: it does not answer.
    """
    url = make_url(settings.database_url or f"sqlite:///{folder / 'jobs.sqlite3'}")
    if url.drivername == "postgresql":
        url = url.set(drivername="postgresql+psycopg")
    options = {"connect_timeout": _CONNECT_S} if url.drivername.endswith("psycopg") else {}
    # Errors must not tell parameters: transcripts are among them, and errors are logged.
    engine = create_engine(url, pool_pre_ping=True, hide_parameters=True, connect_args=options)
    if engine.dialect.name == "sqlite":
        if url.database:
            os.close(os.open(url.database, os.O_CREAT, 0o600))  # transcripts are in it
        _prepare_sqlite(engine)
    database = Database(engine)
    database.create_tables()
    return database


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
        writes = connection.get_execution_options().get(_WRITES, False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
