"""Tables that describe recordings: CSV, TSV and JSON lines, as spreadsheets really write them."""

import codecs
import csv
import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final, Literal, TextIO

from ovoz.corpus.manifest import ManifestError
from ovoz.corpus.normal_form import cell_text, normalize_name
from ovoz.files import write_text

_JSON: Final = (".jsonl", ".json")
"""NeMo gives its JSON lines the ending ``.json``."""
_DELIMITERS: Final = {".csv": ",;\t", ".tsv": "\t"}
_BYTE_ORDER_MARKS: Final = {
    codecs.BOM_UTF8: "utf-8-sig",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}
_CODE_PAGES: Final = ["cp1251", "koi8_r", "cp866", "cp1252", "utf_16_le", "utf_16_be"]
_SAMPLE: Final = 1 << 18
_SHOWN: Final = 60


def read_table(
    path: Path, names: Mapping[str, str], required: tuple[str, ...], *, quoted: bool = True
) -> Iterator[tuple[str, dict[str, str]]]:
    """Rows of a table, one at a time, with a name for messages.

    UTF-8 with or without a byte order mark, UTF-16 and the Cyrillic code pages are read; a CSV may
    be separated by commas, semicolons or tabs. Blank lines are not rows.

    Args:
        path: A ``.csv``, ``.tsv`` or ``.jsonl`` file; ``.json`` holds JSON lines too.
        names: Heading of each wanted column by our name for it; absent optional ones are empty.
        required: Our names of the columns that must be there.
        quoted: Whether quotation marks in a CSV or TSV enclose fields, or are text.

    Raises:
        ManifestError: No readable table, or a row that has more or fewer fields than the heading, a
            quotation mark that is never closed, or no required column; the message names the row.
    """
    for number, (record, where) in enumerate(read_records(path, quoted), start=1):
        known = {normalize_name(heading): value for heading, value in record.items()}
        row = {name: known.get(normalize_name(heading)) for name, heading in names.items()}
        missing = [names[name] for name in required if row[name] is None]
        if missing:
            raise ManifestError(
                f"{path}: row {number}{where} has no column {', '.join(missing)}; it has"
                f" {', '.join(map(str, record))}"
            )
        yield f"{path}: row {number}", {name: cell_text(cell) for name, cell in row.items()}


def write_refusals(folder: Path, columns: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Write ``refused.tsv``: what a corpus does not take in, and why; complete or not at all."""
    lines = ("\t".join(row) + "\n" for row in (columns, *rows))
    write_text(folder / "refused.tsv", "".join(lines))


def read_records(path: Path, quoted: bool = True) -> Iterator[tuple[Mapping[str, Any], str]]:
    """Rows as mappings, each with its line for messages."""
    if path.suffix.lower() not in {*_JSON, *_DELIMITERS}:
        raise ManifestError(f"{path}: the table must be .csv, .tsv, .jsonl or .json")
    try:
        encoding = detect_encoding(path)
        with path.open(encoding=encoding, newline="") as stream:
            if path.suffix.lower() in _JSON:
                yield from _json_lines(stream)
            else:
                yield from _delimited(stream, _DELIMITERS[path.suffix.lower()], quoted)
    except OSError as error:
        raise ManifestError(f"{path}: not a readable table: {error}") from error
    except (ValueError, csv.Error) as error:
        raise ManifestError(f"{path}: {error}") from error


def detect_encoding(path: Path) -> str:
    """The encoding of a text file: by its byte order mark, else UTF-8, else a Cyrillic code page.

    Raises:
        ValueError: None of them fits.
        OSError: The file cannot be read.
    """
    with path.open("rb") as stream:
        sample = stream.read(_SAMPLE)
        for mark, encoding in _BYTE_ORDER_MARKS.items():
            if sample.startswith(mark):
                return encoding
        decoder = codecs.getincrementaldecoder("utf-8")()
        stream.seek(0)
        try:
            while piece := stream.read(_SAMPLE):
                decoder.decode(piece)
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            pass
        else:
            if b"\0" not in sample:
                return "utf-8"
    from charset_normalizer import from_bytes

    best = from_bytes(sample, cp_isolation=_CODE_PAGES).best()
    if best is None:
        raise ValueError("neither UTF-8 nor a known code page; save the table as UTF-8")
    return best.encoding


def _json_lines(stream: TextIO) -> Iterator[tuple[Mapping[str, Any], str]]:
    for number, line in enumerate(stream, start=1):
        if line.strip():
            try:
                record = json.loads(line)
            except ValueError as error:
                raise ValueError(f"line {number} is not JSON: {error}") from error
            if not isinstance(record, dict):
                raise ValueError(f"line {number} is no JSON object: {line.strip()[:_SHOWN]}")
            yield record, f" (line {number})"


def _delimited(
    stream: TextIO, delimiters: str, quoted: bool
) -> Iterator[tuple[Mapping[str, Any], str]]:
    first = stream.readline()
    delimiter = max(delimiters, key=first.count)
    quoting: Literal[0, 3] = csv.QUOTE_MINIMAL if quoted else csv.QUOTE_NONE
    heading = next(csv.reader([first], delimiter=delimiter, quoting=quoting), [])
    heading = [cell.strip() for cell in heading]
    twice = [name for name, times in Counter(heading).items() if times > 1]
    if twice:
        raise ValueError(f"the heading names {', '.join(map(repr, twice))} twice")
    # Strict: text behind a closing quotation mark is an error, and so is one that is never closed.
    rows = csv.reader(stream, delimiter=delimiter, quoting=quoting, strict=quoted)
    number, line = 0, 1
    try:
        for cells in rows:
            start, line = line + 1, rows.line_num + 1
            if not any(cell.strip() for cell in cells):
                continue
            number += 1
            where = f" (line {start})"
            _check_fields(cells, heading, delimiter, f"row {number}{where}")
            yield dict(zip(heading, cells, strict=True)), where
    except csv.Error as error:
        raise ValueError(
            f"row {number + 1} (line {line + 1}): a quotation mark is not closed, or stands within"
            f' a field; a text with quotation marks is written "like ""this""" ({error})'
        ) from error


def _check_fields(cells: list[str], heading: list[str], delimiter: str, row: str) -> None:
    """Check that a row is one row: as many fields as the heading, and no other row within one."""
    if len(cells) != len(heading):
        raise ValueError(
            f"{row} has {len(cells)} fields, the heading has {len(heading)}; a text that holds"
            f" {delimiter!r} is written in quotation marks: {delimiter.join(cells)[:_SHOWN]}"
        )
    for cell in cells:
        if any(line.count(delimiter) >= len(heading) - 1 for line in cell.splitlines()[1:]):
            raise ValueError(f"{row}: a quotation mark is not closed; it holds the rows after it")
