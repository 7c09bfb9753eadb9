"""Reading references and hypotheses: JSON Lines, tab-separated values, or a manifest.

The format is defined in ``docs/benchmark.md``.
"""

import json
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from ovoz.corpus.manifest import ManifestError, read_manifest
from ovoz.evaluation.metrics.pair import Pair
from ovoz.text.language import Language

_SHOWN = 3


class Reference(BaseModel):
    """One line of a reference file; columns that are not named here are ignored."""

    model_config = ConfigDict(frozen=True, extra="ignore", coerce_numbers_to_str=True)

    id: str
    text: str
    speaker: str = ""
    condition: str = ""
    dialect: str = ""
    source: str = ""


class Hypothesis(BaseModel):
    """One line of a hypothesis file; ``language`` is the label the system itself gave, if any."""

    model_config = ConfigDict(frozen=True, extra="ignore", coerce_numbers_to_str=True)

    id: str
    text: str
    language: Language | None = None


Row = TypeVar("Row", Reference, Hypothesis)


class ScoreFileError(ValueError):
    """A file that cannot be scored; the message names the file, the line and the remedy."""


def read_references(path: Path) -> list[Reference]:
    """Read a reference file: ``.jsonl``, ``.tsv`` or a Parquet manifest.

    Raises:
        ScoreFileError: The file is missing or malformed, or an identifier repeats.
    """
    if path.suffix == ".parquet":
        try:
            rows = [
                Reference.model_validate(row.model_dump(mode="json")) for row in read_manifest(path)
            ]
        except ManifestError as error:
            raise ScoreFileError(str(error)) from error
        return _unique(path, list(enumerate(rows, start=1)))
    return _read(path, Reference)


def read_hypotheses(path: Path) -> list[Hypothesis]:
    """Read a hypothesis file: ``.jsonl`` or ``.tsv``.

    Raises:
        ScoreFileError: The file is missing or malformed, or an identifier repeats.
    """
    return _read(path, Hypothesis)


def pair_up(
    references: Sequence[Reference],
    hypotheses: Iterable[Hypothesis],
    missing_as_empty: bool = False,
) -> list[Pair]:
    """Pairs in the order of the references, joined by identifier.

    Hypotheses without a reference are left out, so that one file serves for parts of a test set.

    Raises:
        ScoreFileError: A reference has no hypothesis and ``missing_as_empty`` is not set.
    """
    by_id = {hypothesis.id: hypothesis for hypothesis in hypotheses}
    missing = [row.id for row in references if row.id not in by_id]
    if missing and not missing_as_empty:
        shown = ", ".join(missing[:_SHOWN]) + (", …" if len(missing) > _SHOWN else "")
        raise ScoreFileError(
            f"{len(missing)} of {len(references)} references have no hypothesis ({shown}): add "
            "them, with an empty text where the system wrote nothing, or count all of them as "
            "empty with --missing-as-empty"
        )
    return [_pair(row, by_id.get(row.id)) for row in references]


def _pair(reference: Reference, hypothesis: Hypothesis | None) -> Pair:
    return Pair(
        reference=reference.text,
        hypothesis=hypothesis.text if hypothesis else "",
        speaker=reference.speaker,
        id=reference.id,
        condition=reference.condition,
        dialect=reference.dialect,
        source=reference.source,
        hypothesis_language=hypothesis.language if hypothesis else None,
    )


def _read(path: Path, row_type: type[Row]) -> list[Row]:
    records = {".jsonl": _json_records, ".tsv": _tab_records}.get(path.suffix)
    if records is None:
        raise ScoreFileError(
            f"{path}: unknown kind of file {path.suffix!r}: name it .jsonl (one JSON object a "
            "line) or .tsv (tab-separated, with a header line)"
        )
    if not path.is_file():
        raise ScoreFileError(f"{path}: no such file: check the path")
    rows = [
        (number, _validated(path, number, record, row_type)) for number, record in records(path)
    ]
    if not rows:
        raise ScoreFileError(f"{path}: no utterances: it needs one line an utterance")
    return _unique(path, rows)


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


def _json_records(path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    for number, line in _lines(path):
        if not line.strip():
            continue
        try:
            record = json.loads(line)
        except ValueError as error:
            raise ScoreFileError(
                f"{path}, line {number}: not JSON ({error}): write one object a line, such as "
                '{"id": "a1", "text": "salom"}'
            ) from error
        if not isinstance(record, dict):
            raise ScoreFileError(f"{path}, line {number}: not a JSON object: write {{…}} there")
        yield number, record


def _tab_records(path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    lines = _lines(path)
    header = next(lines, (1, ""))[1].split("\t")
    if not {"id", "text"} <= set(header):
        raise ScoreFileError(
            f"{path}, line 1: the header names {', '.join(header) or 'nothing'}: it must name the "
            "columns id and text, separated by tabs"
        )
    for number, line in lines:
        if not line.strip():
            continue
        cells = line.split("\t")
        if len(cells) != len(header):
            raise ScoreFileError(
                f"{path}, line {number}: {len(cells)} columns where the header names "
                f"{len(header)}: separate by single tabs and keep tabs out of the text"
            )
        yield number, dict(zip(header, cells, strict=True))


def _validated(path: Path, number: int, record: dict[str, Any], row_type: type[Row]) -> Row:
    try:
        return row_type.model_validate(_given(record))
    except ValidationError as error:
        first = error.errors()[0]
        field = ".".join(str(part) for part in first["loc"])
        raise ScoreFileError(
            f"{path}, line {number}: field {field!r}: {first['msg']}; the line has "
            f"{', '.join(record) or 'no fields'}: every line needs id and text"
        ) from error


def _given(record: dict[str, Any]) -> dict[str, Any]:
    """The fields that say something: null, and an empty language cell of a table, do not."""
    return {
        name: value
        for name, value in record.items()
        if value is not None and not (name == "language" and value == "")
    }


def _unique(path: Path, rows: list[tuple[int, Row]]) -> list[Row]:
    seen: dict[str, int] = {}
    for number, row in rows:
        first = seen.setdefault(row.id, number)
        if first != number:
            raise ScoreFileError(
                f"{path}, line {number}: identifier {row.id!r} is already on line {first}: "
                "keep one line an utterance"
            )
    return [row for _, row in rows]
