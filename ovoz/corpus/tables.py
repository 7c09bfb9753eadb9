"""Tables that describe recordings: CSV, TSV and JSON lines."""

import csv
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final

from ovoz.corpus.manifest import ManifestError
from ovoz.files import write_text

_DELIMITERS: Final = {".csv": ",", ".tsv": "\t"}


def read_table(
    path: Path, names: Mapping[str, str], required: tuple[str, ...], *, quoted: bool = True
) -> Iterator[tuple[str, dict[str, str]]]:
    """Rows of a table, one at a time, with a name for messages.

    Args:
        path: A ``.csv``, ``.tsv`` or ``.jsonl`` file.
        names: Heading of each wanted column by our name for it; absent optional ones are empty.
        required: Our names of the columns that must be there.
        quoted: Whether quotation marks in a CSV or TSV enclose fields, or are text.

    Raises:
        ManifestError: No readable table, or a row lacks a required column.
    """
    for number, record in enumerate(_records(path, quoted), start=1):
        where = f"{path}: row {number}"
        missing = [names[name] for name in required if record.get(names[name]) is None]
        if missing:
            raise ManifestError(f"{where} has no column {', '.join(missing)}")
        yield where, {name: str(record.get(heading) or "") for name, heading in names.items()}


def write_refusals(folder: Path, columns: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Write ``refused.tsv``: what a corpus does not take in, and why; complete or not at all."""
    lines = ("\t".join(row) + "\n" for row in (columns, *rows))
    write_text(folder / "refused.tsv", "".join(lines))


def _records(path: Path, quoted: bool) -> Iterator[dict[str, object]]:
    if path.suffix not in {".jsonl", *_DELIMITERS}:
        raise ManifestError(f"{path}: the table must be .csv, .tsv or .jsonl")
    try:
        with path.open(encoding="utf-8-sig", newline="") as stream:
            if path.suffix == ".jsonl":
                yield from (json.loads(line) for line in stream if line.strip())
            else:
                delimiter = _DELIMITERS[path.suffix]
                if quoted:
                    yield from csv.DictReader(stream, delimiter=delimiter)
                else:
                    yield from csv.DictReader(stream, delimiter=delimiter, quoting=csv.QUOTE_NONE)
    except (OSError, ValueError, csv.Error) as error:
        raise ManifestError(f"{path}: not a readable table: {error}") from error
