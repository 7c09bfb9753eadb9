"""Records of the file formats that can be scored, each a row of fields with its line number."""

import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any, Final

from ovoz.evaluation.metrics.segments import ctm_records, stm_records

Record = tuple[int, dict[str, Any]]
"""A line number, from 1, and the fields of its utterance."""

_LONGEST_QUOTE: Final = 60
_IDENTIFIERS: Final = ("id", "utt_id", "path", "file", "audio", "audio_filepath")
_TEXTS: Final = ("text", "sentence", "transcription", "transcript", "prediction", "pred_text")


class ScoreFileError(ValueError):
    """A file that cannot be scored; the message names the file, the line and the remedy."""


def shorten(text: str) -> str:
    """What of a file's content is quoted in a message: its beginning, printable everywhere."""
    shown = text if len(text) <= _LONGEST_QUOTE else f"{text[: _LONGEST_QUOTE - 1]}…"
    return shown.encode("utf-8", "backslashreplace").decode()


def read_records(path: Path) -> Iterator[Record]:
    """Records of a file, in the format that its name says.

    Raises:
        ScoreFileError: The file is missing, of an unknown kind or malformed.
    """
    readers: dict[str, Callable[[Path, Iterable[tuple[int, str]]], Iterator[Record]]] = {
        ".jsonl": _json_lines, ".tsv": _tab_records, ".json": _json_document, ".trn": _trn_records,
        ".stm": stm_records, ".ctm": ctm_records, "": _kaldi_records, ".txt": _kaldi_records,
    }  # fmt: skip
    reader = readers.get(path.suffix)
    if reader is None:
        raise ScoreFileError(
            f"{path}: unknown kind of file {path.suffix!r}: name it .jsonl (one JSON object a "
            "line), .tsv (tab-separated, with a header line), .json, .trn, .stm, .ctm, or give a "
            "Kaldi file named text"
        )
    if not path.is_file():
        raise ScoreFileError(f"{path}: no such file: check the path")
    return reader(path, _lines(path))


def _lines(path: Path) -> Iterator[tuple[int, str]]:
    """Numbered lines without their line ends; a byte-order mark is skipped."""
    with path.open("rb") as file:
        for number, line in enumerate(file, start=1):
            try:
                text = line.decode("utf-8-sig" if number == 1 else "utf-8")
            except UnicodeDecodeError as error:
                raise ScoreFileError(
                    f"{path}, line {number}: not UTF-8 (byte {error.start + 1}): "
                    "save the file as UTF-8"
                ) from error
            yield number, text.rstrip("\r\n")


def _json_lines(path: Path, lines: Iterable[tuple[int, str]]) -> Iterator[Record]:
    for number, line in lines:
        if not line.strip():
            continue
        record = _parse(path, number, line, 'write one object a line, such as {"id": "a1", '
                        '"text": "salom"}')  # fmt: skip
        if not isinstance(record, dict):
            raise ScoreFileError(f"{path}, line {number}: not a JSON object: write {{…}} there")
        yield number, record


def _parse(path: Path, number: int, text: str, remedy: str) -> object:
    try:
        return json.loads(text, parse_constant=_refuse_constant, object_pairs_hook=_unique_keys)
    except RecursionError as error:
        raise ScoreFileError(f"{path}, line {number}: JSON nested too deeply: {remedy}") from error
    except ValueError as error:
        raise ScoreFileError(f"{path}, line {number}: not JSON ({error}): {remedy}") from error


def _refuse_constant(name: str) -> float:
    raise ValueError(f"{name} is no text and no number of JSON")


def _unique_keys(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    record = dict(pairs)
    if len(record) < len(pairs):
        name = next(name for name, count in Counter(key for key, _ in pairs).items() if count > 1)
        raise ValueError(f"the key {shorten(name)!r} is there twice")
    return record


def _tab_records(path: Path, lines: Iterable[tuple[int, str]]) -> Iterator[Record]:
    rest = iter(lines)
    header = next(rest, (1, ""))[1].split("\t")
    if not {"id", "text"} <= set(header):
        raise ScoreFileError(
            f"{path}, line 1: the header names {shorten(', '.join(header)) or 'nothing'}: it must "
            "name the columns id and text, separated by tabs"
        )
    if len(set(header)) < len(header):
        name = next(name for name in header if header.count(name) > 1)
        raise ScoreFileError(
            f"{path}, line 1: the header names {shorten(name)!r} twice: keep one column of a name"
        )
    for number, line in rest:
        if not line.strip():
            continue
        cells = line.split("\t")
        if len(cells) != len(header):
            raise ScoreFileError(
                f"{path}, line {number}: {len(cells)} columns where the header names "
                f"{len(header)}: separate by single tabs and keep tabs out of the text"
            )
        yield number, dict(zip(header, cells, strict=True))


def _kaldi_records(_: Path, lines: Iterable[tuple[int, str]]) -> Iterator[Record]:
    """Kaldi ``text``: an identifier, a blank, and the words (none, where nothing was said)."""
    for number, line in lines:
        if line.strip():
            identifier, *text = line.split(None, 1)
            yield number, {"id": identifier, "text": "".join(text).strip()}


def _trn_records(path: Path, lines: Iterable[tuple[int, str]]) -> Iterator[Record]:
    """NIST ``trn``: the words, then the identifier in brackets."""
    for number, line in lines:
        if not line.strip() or line.startswith(";;"):
            continue
        text, bracket, identifier = line.rstrip().rpartition("(")
        if not bracket or not identifier.endswith(")") or not identifier[:-1].strip():
            raise ScoreFileError(
                f"{path}, line {number}: no identifier in brackets at the end: write the words "
                "and then (identifier)"
            )
        yield number, {"id": identifier[:-1].strip(), "text": text.strip()}


def _json_document(path: Path, lines: Iterable[tuple[int, str]]) -> Iterator[Record]:
    """JSON as Hugging Face's libraries write it: a list, columns, ``rows``, or lines."""
    numbered = list(lines)
    written = [line for _, line in numbered if line.strip()]
    if len(written) > 1 and all(line.startswith("{") and line.endswith("}") for line in written):
        document: object = [record for _, record in _json_lines(path, numbered)]
    else:
        document = _parse(
            path, 1, "\n".join(line for _, line in numbered), "write a list of objects"
        )
    rows = _rows_of(document)
    if rows is None:
        raise ScoreFileError(f"{path}: neither a list of objects nor columns of equal length")
    for number, row in enumerate(rows, start=1):
        if not isinstance(row, dict):
            raise ScoreFileError(f"{path}: row {number} is not an object")
        yield number, _named(row, number)


def _rows_of(document: object) -> list[object] | None:
    """Rows of a document; None where it has another shape."""
    if isinstance(document, dict) and isinstance(document.get("rows"), list):
        document = document["rows"]
    elif isinstance(document, dict) and any(isinstance(one, list) for one in document.values()):
        columns = {name: one for name, one in document.items() if isinstance(one, list)}
        if len({len(one) for one in columns.values()}) > 1:
            return None
        document = [
            dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)
        ]
    elif isinstance(document, dict):
        document = [document]
    if isinstance(document, list):
        return [row["row"] if isinstance(row, dict) and "row" in row else row for row in document]
    return None


def _named(row: dict[str, Any], number: int) -> dict[str, Any]:
    """A row with ``id`` and ``text``, by the names of data sets; the number if it has no id."""
    named = dict(row)
    text = next((name for name in _TEXTS if row.get(name) is not None), None)
    if text:
        named["text"] = row[text]
    identifier = next((row[name] for name in _IDENTIFIERS if row.get(name) is not None), number)
    named["id"] = identifier.get("path") if isinstance(identifier, dict) else identifier
    return named
