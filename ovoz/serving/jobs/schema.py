"""The tables of jobs: created, brought up to date, and tied to one folder of recordings.

Recordings lie in a folder that is named after the database. So a process with another folder, or
one whose disk is not mounted, finds out before it takes work, and two databases over one folder
do not touch each other's recordings.
"""

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Final
from uuid import uuid4

from sqlalchemy import Connection, insert, inspect, select, text
from sqlalchemy.schema import CreateColumn

from ovoz.serving.jobs.tables import Base, IdentityRow, JobRow

_SCHEMA_LOCK: Final = 0x6F766F7A
"""Any number, the same in all processes."""
_PRIVATE: Final = 0o700
_JOB_FOLDER: Final = re.compile(r"[0-9a-f]{32}")


class FolderError(OSError):
    """The folder of jobs is not that of the database; the message says what to do."""

    def __str__(self) -> str:
        """The message alone."""
        return str(self.args[0])


def prepare(connection: Connection, folder: Path) -> Path:
    """Create tables and columns that are not there; several processes may do it at once.

    Args:
        connection: within a transaction that may write.
        folder: the configured folder of jobs.

    Returns:
        Where the recordings of this database lie, inside of ``folder``.

    Raises:
        FolderError: it is not there.
        OSError: it cannot be created.
    """
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:n)"), {"n": _SCHEMA_LOCK})
    Base.metadata.create_all(connection)
    _add_columns(connection)
    recordings = find_recordings(connection, folder)
    if recordings is None:
        name = uuid4().hex
        recordings = folder / name
        recordings.mkdir(mode=_PRIVATE)
        connection.execute(insert(IdentityRow).values(only=1, name=name))
        _move_recordings(connection, folder, name)
    return recordings


def find_recordings(connection: Connection, folder: Path) -> Path | None:
    """Where the recordings of this database lie, inside of ``folder``; None where it is new.

    Raises:
        FolderError: they are not there.
    """
    if not inspect(connection).has_table(IdentityRow.__tablename__):
        return None
    name = read_identity(connection)
    if name is None:
        return None
    recordings = folder / name
    if not recordings.is_dir():
        raise FolderError(
            f"{folder} is not the folder of these jobs: it has no folder {name}. Mount the right"
            f" one; if its recordings are lost for good, create {recordings}"
        )
    return recordings


def read_identity(connection: Connection) -> str | None:
    """The name of the database; None where it has none yet.

    Raises:
        SQLAlchemyError: there are no tables.
    """
    return connection.scalar(select(IdentityRow.name))


def _add_columns(connection: Connection) -> None:
    """Add columns that an earlier version did not have; all of them may be empty."""
    known = inspect(connection)
    for table in Base.metadata.sorted_tables:
        there = {column["name"] for column in known.get_columns(table.name)}
        for column in table.columns:
            if column.name not in there:
                told = CreateColumn(column).compile(dialect=connection.dialect)
                connection.execute(text(f"ALTER TABLE {table.name} ADD COLUMN {told}"))


def _move_recordings(connection: Connection, folder: Path, name: str) -> None:
    """Move recordings to where they belong: earlier versions had them in ``folder`` itself."""
    known: Sequence[str] = connection.scalars(select(JobRow.id)).all()
    for job_id in known:
        if _JOB_FOLDER.fullmatch(job_id) and (folder / job_id).is_dir():
            (folder / job_id).rename(folder / name / job_id)
