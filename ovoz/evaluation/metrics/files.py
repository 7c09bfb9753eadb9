"""References and hypotheses of a test set, read from a file and joined by identifier.

The formats are defined in ``docs/benchmark.md`` and read by :mod:`ovoz.evaluation.metrics.records`.
"""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from ovoz.corpus.manifest import ManifestError, read_manifest
from ovoz.evaluation.metrics.pair import Pair
from ovoz.evaluation.metrics.records import ScoreFileError, read_records, shorten
from ovoz.evaluation.metrics.segments import share_words
from ovoz.text.language import Language

_SHOWN = 3


class Reference(BaseModel):
    """One line of a reference file; columns that are not named here are ignored.

    ``recording``, ``begin_s`` and ``end_s`` say which part of a longer recording it is.
    """

    model_config = ConfigDict(frozen=True, extra="ignore", coerce_numbers_to_str=True)

    id: str
    text: str
    speaker: str = ""
    condition: str = ""
    dialect: str = ""
    source: str = ""
    recording: str = ""
    begin_s: float = 0.0
    end_s: float = 0.0


class Hypothesis(BaseModel):
    """One line of a hypothesis file.

    ``language`` is the label the system itself gave, if any. ``middles_s`` are the middles of the
    words in seconds, where the line is a whole recording whose parts are scored.
    """

    model_config = ConfigDict(frozen=True, extra="ignore", coerce_numbers_to_str=True)

    id: str
    text: str
    language: Language | None = None
    middles_s: tuple[float, ...] = ()


Row = TypeVar("Row", Reference, Hypothesis)


def read_references(path: Path) -> list[Reference]:
    """Read a reference file: a Parquet manifest or any format of :func:`read_records`.

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
    """Read a hypothesis file in any format of :func:`read_records`.

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
    by_id = cut_recordings(references, hypotheses)
    missing = [row.id for row in references if row.id not in by_id]
    if missing and not missing_as_empty:
        shown = ", ".join(missing[:_SHOWN]) + (", …" if len(missing) > _SHOWN else "")
        raise ScoreFileError(
            f"{len(missing)} of {len(references)} references have no hypothesis ({shown}): add "
            "them, with an empty text where the system wrote nothing, or count all of them as "
            "empty with --missing-as-empty"
        )
    return [_pair(row, by_id.get(row.id)) for row in references]


def cut_recordings(
    references: Sequence[Reference], hypotheses: Iterable[Hypothesis]
) -> dict[str, Hypothesis]:
    """Hypotheses by identifier; those of whole recordings are cut at the references' segments."""
    by_id = {hypothesis.id: hypothesis for hypothesis in hypotheses}
    segments: dict[str, list[tuple[float, float, str]]] = {}
    for row in references:
        if row.recording:
            segments.setdefault(row.recording, []).append((row.begin_s, row.end_s, row.id))
    for recording, spans in segments.items():
        whole = by_id.pop(recording, None)
        if whole is not None:
            words = zip(whole.text.split(" "), whole.middles_s, strict=bool(whole.text))
            texts = share_words(words, spans)
            by_id |= {name: Hypothesis(id=name, text=text) for name, text in texts.items()}
    return by_id


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
    try:
        rows = [
            (number, _validated(path, number, record, row_type))
            for number, record in read_records(path)
        ]
    except ScoreFileError:
        raise
    except ValueError as error:
        raise ScoreFileError(str(error)) from error
    if not rows:
        raise ScoreFileError(f"{path}: no utterances: it needs one line an utterance")
    return _unique(path, rows)


def _validated(path: Path, number: int, record: dict[str, Any], row_type: type[Row]) -> Row:
    try:
        row = row_type.model_validate(_given(record))
        row.text.encode()
        row.id.encode()
        return row
    except UnicodeEncodeError as error:
        raise ScoreFileError(
            f"{path}, line {number}: half of a character (a lone surrogate): write the characters "
            "of the text themselves"
        ) from error
    except ValidationError as error:
        first = error.errors()[0]
        field = ".".join(str(part) for part in first["loc"])
        raise ScoreFileError(
            f"{path}, line {number}: field {field!r}: {first['msg']}; the line has "
            f"{shorten(', '.join(record)) or 'no fields'}: every line needs id and text"
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
                f"{path}, line {number}: identifier {shorten(row.id)!r} is already on line "
                f"{first}: keep one line an utterance"
            )
    return [row for _, row in rows]
