"""Versions of a folder in the stores of DVC, and the removal of objects from them.

Own code, since ``dvc gc`` removes every version that is not kept, not the files of one speaker.
"""

import csv
import io
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any, Final

import pyarrow.parquet as pq

from ovoz.corpus.dropped import DROPPED_FILE
from ovoz.corpus.forgotten import holds_speaker
from ovoz.corpus.manifest import MANIFEST_FILE
from ovoz.corpus.normal_form import normalize_name
from ovoz.corpus.origins import ORIGINS_FILE

_FOLDER: Final = ".dir"
_TABLES: Final = (MANIFEST_FILE, ORIGINS_FILE, DROPPED_FILE)


@dataclass(frozen=True, slots=True)
class StoredVersion:
    """A version of a folder in a store: DVC's name of it, and those of its files by path."""

    name: str
    files: dict[str, str]


def stores_of(repository: Any) -> Iterator[tuple[str, Any]]:
    """The cache and every remote of a repository, each with its name for people."""
    yield "DVC's cache", repository.cache.local
    for name in repository.config["remote"]:
        yield f"DVC's remote {name!r}", repository.cloud.get_remote_odb(name)


def forget_versions(store: Any, speaker: str) -> int:
    """Remove from a store what every version has of a speaker; returns the number of objects.

    A version that has the speaker loses the speaker's audio and the tables that name them, and can
    no longer be checked out whole. What another version has too stays.
    """
    theirs: set[str] = set()
    others: set[str] = set()
    for version in _list_versions(store):
        found = _find_theirs(store, version, speaker)
        theirs |= found
        if not found:
            others |= {version.name, *version.files.values()}
    removed = sorted(name for name in theirs - others if store.exists(name))
    for name in removed:
        store.delete(name)
    if removed:
        _forget_index(store)
    return len(removed)


def _list_versions(store: Any) -> Iterator[StoredVersion]:
    from dvc_data.hashfile.hash_info import HashInfo
    from dvc_data.hashfile.tree import Tree

    for name in sorted(name for name in store.all() if name.endswith(_FOLDER)):
        tree = Tree.load(store, HashInfo("md5", name))
        yield StoredVersion(name, {"/".join(key): info.value for key, _, info in tree})


def _find_theirs(store: Any, version: StoredVersion, speaker: str) -> set[str]:
    """Objects of a version that are of the speaker, or name them; none where nothing is."""
    rows = _read_rows(store, version, speaker)
    audio = {version.files.get(row, "") for row in rows}
    if not rows and not _is_dropped(store, version, speaker):
        return set()
    tables = {version.files.get(name, "") for name in _TABLES}
    return {version.name, *tables, *audio} - {""}


def _read_rows(store: Any, version: StoredVersion, speaker: str) -> list[str]:
    """Paths of the speaker's audio in a version."""
    with NamedTemporaryFile(suffix=".parquet") as file:
        file.write(_read(store, version.files.get(MANIFEST_FILE)))
        file.flush()
        if not holds_speaker(Path(file.name), speaker):
            return []
        rows = pq.read_table(file.name, columns=["speaker", "audio"]).to_pylist()
    wanted = normalize_name(speaker)
    return [row["audio"] for row in rows if normalize_name(row["speaker"]) == wanted]


def _is_dropped(store: Any, version: StoredVersion, speaker: str) -> bool:
    table = _read(store, version.files.get(DROPPED_FILE)).decode("utf-8", "replace")
    rows = csv.DictReader(io.StringIO(table))
    return any(normalize_name(row.get("speaker") or "") == normalize_name(speaker) for row in rows)


def _read(store: Any, name: str | None) -> bytes:
    """Content of an object; empty where the store does not have it."""
    if name is None or not store.exists(name):
        return b""
    with store.fs.open(store.oid_to_path(name), "rb") as stream:
        return bytes(stream.read())


def _forget_index(store: Any) -> None:
    """Let DVC look anew at what the store has, rather than in its list of versions."""
    from dvc_data.hashfile.db import get_index

    with closing(get_index(store)) as index:
        index.clear()
