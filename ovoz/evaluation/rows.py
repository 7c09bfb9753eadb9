"""One row for every utterance and system, as it is scored, stored and shown."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

import pyarrow as pa
import pyarrow.parquet as pq
from pydantic import BaseModel, ConfigDict

from ovoz.audio.signal import Seconds
from ovoz.corpus.manifest import Dialect
from ovoz.engine.transcript import Word
from ovoz.evaluation.conditions import RECORDED, Distortion
from ovoz.files import atomic_file
from ovoz.text.language import Language, word_language

ALL: Final = "all"
"""The slice that holds every utterance of a test set."""


class HypothesisRow(BaseModel):
    """What one system wrote for one utterance. ``latency_ms`` is the wall time of the call."""

    model_config = ConfigDict(frozen=True)

    system: str
    test_set: str
    id: str
    audio: str
    reference: str
    hypothesis: str
    language: Language
    """Of the reference."""
    hypothesis_language: Language
    dialect: str
    condition: str
    speaker: str
    duration_s: Seconds
    confidence: float
    latency_ms: float
    words: tuple[Word, ...] = ()


def _duration_range(row: HypothesisRow) -> str:
    if row.duration_s < 2:
        return "under 2 s"
    return "2 to 5 s" if row.duration_s < 5 else "5 s and more"


def _mixing_range(row: HypothesisRow) -> str:
    """CMI = 1 - max(w_i) / (n - u) of the reference (Das & Gambäck, 2014) in three ranges.

    A mixed word counts half for either language.
    """
    languages = [word_language(word) for word in row.reference.split()]
    shared = languages.count(Language.MIXED) / 2
    uzbek, russian = (languages.count(one) + shared for one in (Language.UZBEK, Language.RUSSIAN))
    index = 1 - max(uzbek, russian) / (uzbek + russian) if uzbek + russian else 0.0
    if not index > 0:
        return "none"
    return "under 25 %" if index < 0.25 else "25 % and more"


SLICED_BY: Final[dict[str, Callable[[HypothesisRow], str]]] = {
    "language": lambda row: row.language.value,
    "dialect": lambda row: row.dialect,
    "condition": lambda row: row.condition,
    "duration": _duration_range,
    "mixing": _mixing_range,
    "speaker": lambda row: row.speaker,
}
"""Properties that test sets are cut by; a slice is named ``property=value``."""

_VALUES: Final[dict[str, tuple[str, ...]]] = {
    "language": tuple(Language),
    "dialect": tuple(Dialect),
    "condition": (*RECORDED, *Distortion),
    "duration": ("under 2 s", "2 to 5 s", "5 s and more"),
    "mixing": ("none", "under 25 %", "25 % and more"),
}


def check_slice(name: str) -> str:
    """``name``, when a slice can have it.

    Raises:
        ValueError: It is neither ``all`` nor ``property=value`` with a value that can occur.
    """
    kind, _, value = name.partition("=")
    if name != ALL and (kind not in SLICED_BY or not value):
        raise ValueError(
            f"no slice is called {name!r}; write {ALL!r} or PROPERTY=VALUE"
            f" with a property of {', '.join(SLICED_BY)}"
        )
    values = _VALUES.get(kind)
    if values and value not in values:
        raise ValueError(f"no slice is called {name!r}: {kind} is one of {', '.join(values)}")
    return name


def write_rows(rows: Sequence[HypothesisRow], path: Path) -> Path:
    """Write rows as Parquet, complete or not at all."""
    table = pa.Table.from_pylist([row.model_dump(mode="json") for row in rows])
    with atomic_file(path) as unfinished:
        pq.write_table(table, unfinished)
    return path


def read_rows(path: Path) -> list[HypothesisRow]:
    """Read what :func:`write_rows` wrote.

    Raises:
        OSError: The file cannot be read.
        ValueError: A row breaks the schema.
    """
    return [HypothesisRow.model_validate(row) for row in pq.read_table(path).to_pylist()]
