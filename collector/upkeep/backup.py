"""Back-up of everything into a folder, and back; between SQLite and PostgreSQL too."""

import base64
import json
from asyncio import to_thread
from collections.abc import Collection, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Column, delete, func, insert, select, text
from sqlalchemy import Table as CoreTable
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.types import LargeBinary

from collector.database.sessions import Transactions
from collector.database.tables import Participant, Table, UtcTime
from collector.storage.audio_store import AudioStore
from ovoz.corpus.forgotten import digest_speaker
from ovoz.files import atomic_folder

_AUDIO: Final = "audio"
_AT_ONCE: Final = 500


class BackupError(ValueError):
    """A back-up that cannot be made or brought back; the message says why."""


async def back_up(transactions: Transactions, store: AudioStore, folder: Path) -> int:
    """Write every row and every file of one moment; the folder appears complete or not at all.

    Returns:
        How many audio files it holds.

    Raises:
        OSError: The folder cannot be written, or the store is away.
    """
    with atomic_folder(folder) as unfinished:
        unfinished.chmod(0o700)
        async with transactions.begin() as session:
            for table in Table.metadata.sorted_tables:
                await _write_table(session, table, unfinished / f"{table.name}.jsonl")
        return await to_thread(_copy_audio, store, unfinished / _AUDIO)


async def restore(
    transactions: Transactions, store: AudioStore, folder: Path, forgotten: Collection[str] = ()
) -> int:
    """Bring a back-up into an empty database and a store.

    Args:
        transactions: A database with the tables of this version.
        store: Where the audio goes.
        folder: What :func:`back_up` wrote.
        forgotten: Digests of speakers who were forgotten since (the list of ``ovoz forget``).

    Returns:
        How many participants there are.

    Raises:
        BackupError: The folder is no back-up, or the database is not empty.
        OSError: A file cannot be read or written.
    """
    if not (folder / "participants.jsonl").is_file():
        raise BackupError(f"{folder}: no back-up of a collection")
    async with transactions.begin() as session:
        if await session.scalar(select(func.count()).select_from(Participant)):
            raise BackupError("the database has participants already; restore into an empty one")
        for table in Table.metadata.sorted_tables:
            await _read_table(session, table, folder / f"{table.name}.jsonl")
        names = (await session.scalars(select(Participant.id))).all()
        gone = {name for name in names if digest_speaker(name) in forgotten}
        await session.execute(delete(Participant).where(Participant.id.in_(gone)))
    for key, audio in _list_audio(folder / _AUDIO):
        if key.partition("/")[0] not in gone:
            await to_thread(store.put, key, audio)
    return len(names) - len(gone)


def _copy_audio(store: AudioStore, folder: Path) -> int:
    copied = 0
    for key in store.list_keys():
        path = folder / key
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(store.get(key))
        copied += 1
    return copied


def _list_audio(folder: Path) -> Iterator[tuple[str, bytes]]:
    for path in sorted(folder.glob("*/*")):
        yield path.relative_to(folder).as_posix(), path.read_bytes()


async def _write_table(session: AsyncSession, table: CoreTable, path: Path) -> None:
    rows = await session.stream(select(table))
    with path.open("w", encoding="utf-8") as lines:
        async for row in rows.mappings():
            plain = {name: _to_json(value) for name, value in row.items()}
            lines.write(json.dumps(plain, ensure_ascii=False) + "\n")


async def _read_table(session: AsyncSession, table: CoreTable, path: Path) -> None:
    batch: list[dict[str, Any]] = []
    if path.is_file():
        with path.open(encoding="utf-8") as lines:
            for line in lines:
                row = json.loads(line)
                batch.append({c.name: _from_json(c, row[c.name]) for c in table.c if c.name in row})
                if len(batch) == _AT_ONCE:
                    await session.execute(insert(table), batch)
                    batch = []
    if batch:
        await session.execute(insert(table), batch)
    if table.autoincrement_column is not None:
        await _go_on_counting(session, table)


async def _go_on_counting(session: AsyncSession, table: CoreTable) -> None:
    """PostgreSQL's counters know nothing of rows with numbers of their own."""
    if session.get_bind().dialect.name == "postgresql":
        name = table.name
        await session.execute(
            text(f"SELECT setval(pg_get_serial_sequence('{name}', 'id'), max(id)) FROM {name}")  # noqa: S608
        )


def _to_json(value: object) -> object:
    if isinstance(value, datetime):
        return value.isoformat()
    return base64.b64encode(value).decode() if isinstance(value, bytes) else value


def _from_json(column: Column[Any], value: Any) -> Any:  # noqa: ANN401  (as the column has it)
    if value is None:
        return None
    if isinstance(column.type, UtcTime):
        return datetime.fromisoformat(value)
    return base64.b64decode(value) if isinstance(column.type, LargeBinary) else value
