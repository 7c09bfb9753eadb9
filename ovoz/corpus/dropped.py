"""Rows that came in and are not in the corpus: each with its source file and the reason."""

import csv
from collections.abc import Iterable
from dataclasses import astuple, dataclass, fields
from pathlib import Path
from typing import Final

from ovoz.corpus.normal_form import escape_undecodable
from ovoz.files import atomic_file

DROPPED_FILE: Final = "dropped.csv"
"""Name of the table within the folder of a corpus, or of a validation."""


@dataclass(frozen=True, slots=True)
class DroppedRow:
    """A row that came in and is not handed on.

    ``kind`` is stable: ``missing``, ``unreadable``, ``refused``, ``same-audio``, ``longer``,
    ``forgotten``, ``incomplete``, ``unsplit``, or the name of the check that the row failed.
    ``row`` is where the source names the recording, ``path`` its file, ``reason`` a sentence for
    people.
    """

    kind: str
    source: str
    row: str
    path: str
    speaker: str
    reason: str


def write_dropped(path: Path, rows: Iterable[DroppedRow]) -> Path:
    """Write dropped rows as CSV; the file appears complete or not at all.

    Raises:
        OSError: The file cannot be written.
    """
    with atomic_file(path) as unfinished, unfinished.open("w", encoding="utf-8", newline="") as out:
        writer = csv.writer(out)
        writer.writerow(field.name for field in fields(DroppedRow))
        writer.writerows([escape_undecodable(cell) for cell in astuple(row)] for row in rows)
    return path


def read_dropped(path: Path) -> list[DroppedRow]:
    """Read what :func:`write_dropped` wrote; nothing where there is no such file."""
    if not path.is_file():
        return []
    with path.open(encoding="utf-8", newline="") as stream:
        return [DroppedRow(**row) for row in csv.DictReader(stream)]
