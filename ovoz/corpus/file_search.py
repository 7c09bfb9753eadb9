"""Files below a folder, in the folders that links lead to as well."""

import os
from collections.abc import Iterator
from pathlib import Path


def find_files(folder: Path) -> Iterator[Path]:
    """Every file below ``folder``, sorted by path; hidden files and folders are omitted.

    ``Path.rglob`` does not follow links to folders before Python 3.13. A folder that links lead to
    again from within itself is searched once.
    """
    yield from sorted(_search(folder, frozenset()))


def _search(folder: Path, above: frozenset[Path]) -> Iterator[Path]:
    real = folder.resolve()
    if real in above:
        return
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.name.startswith("."):
                continue
            if entry.is_dir():
                yield from _search(Path(entry.path), above | {real})
            elif entry.is_file():
                yield Path(entry.path)
