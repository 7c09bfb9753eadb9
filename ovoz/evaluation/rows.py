"""One row for every utterance and system, as it is scored, stored and shown."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final

import pyarrow as pa
import pyarrow.parquet as pq
from pydantic import BaseModel, ConfigDict

from ovoz.audio.measures import Measures
from ovoz.audio.signal import Seconds
from ovoz.corpus.manifest import Dialect, Utterance
from ovoz.engine.transcript import Word
from ovoz.evaluation.conditions import RECORDED, Distortion
from ovoz.files import atomic_file
from ovoz.text.code_mixing import measure_mixing
from ovoz.text.language import LabelWords, Language, label_by_script

ALL: Final = "all"
"""The slice that holds every utterance of a test set."""

_UNKNOWN: Final = "unknown"


class HypothesisRow(BaseModel):
    """What one system wrote for one utterance. ``latency_ms`` is the wall time of the call.

    ``snr_db`` and ``rms_dbfs`` are those of the recording; None where the clip was distorted on the
    fly, and in rows that older versions stored. ``measures`` are those of a distorted clip.
    """

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
    source: str = ""
    snr_db: float | None = None
    rms_dbfs: float | None = None
    words: tuple[Word, ...] = ()
    measures: Measures | None = None
    reference_languages: tuple[Language, ...] = ()
    """Of the words of the reference; none in rows that older versions stored."""

    @property
    def said_languages(self) -> Sequence[Language]:
        """Languages of the words of the reference."""
        return self.reference_languages or label_by_script(self.reference.split())

    @property
    def written_languages(self) -> Sequence[Language]:
        """Languages of the words of the hypothesis."""
        if self.words:
            return [word.language for word in self.words]
        return label_by_script(self.hypothesis.split())


def describe_clip(
    utterance: Utterance, condition: str, label: LabelWords, *, distorted: bool
) -> dict[str, Any]:
    """The fields of a row that are known before a system has heard the clip."""
    return {
        "id": utterance.id,
        "reference": utterance.text,
        "reference_languages": tuple(label(utterance.text.split())),
        "language": utterance.languages,
        "dialect": utterance.dialect.value,
        "condition": condition,
        "speaker": utterance.speaker,
        "source": utterance.source,
        "snr_db": None if distorted else utterance.snr_db,
        "rms_dbfs": None if distorted else utterance.rms_dbfs,
    }


def _duration_range(row: HypothesisRow) -> str:
    if row.duration_s < 2:
        return "under 2 s"
    return "2 to 5 s" if row.duration_s < 5 else "5 s and more"


def _level_range(row: HypothesisRow) -> str:
    if row.rms_dbfs is None:
        return _UNKNOWN
    if row.rms_dbfs < -35:
        return "under -35 dBFS"
    return "-35 to -25 dBFS" if row.rms_dbfs < -25 else "-25 dBFS and more"


def _snr_range(row: HypothesisRow) -> str:
    if row.snr_db is None:
        return _UNKNOWN
    if row.snr_db < 10:
        return "under 10 dB"
    return "10 to 25 dB" if row.snr_db < 25 else "25 dB and more"


def _mixing_range(row: HypothesisRow) -> str:
    """CMI = 1 - max(w_i) / (n - u) of the reference (Das & Gambäck, 2014) in three ranges.

    A mixed word counts half for either language.
    """
    index = measure_mixing(row.said_languages)
    if not index > 0:
        return "none"
    return "under 25 %" if index < 0.25 else "25 % and more"


SLICED_BY: Final[dict[str, Callable[[HypothesisRow], str]]] = {
    "language": lambda row: row.language.value,
    "dialect": lambda row: row.dialect,
    "condition": lambda row: row.condition,
    "source": lambda row: row.source or _UNKNOWN,
    "duration": _duration_range,
    "level": _level_range,
    "snr": _snr_range,
    "mixing": _mixing_range,
    "speaker": lambda row: row.speaker,
}
"""Properties that test sets are cut by; a slice is named ``property=value``."""

_VALUES: Final[dict[str, tuple[str, ...]]] = {
    "language": tuple(Language),
    "dialect": tuple(Dialect),
    "condition": (*RECORDED, *Distortion),
    "duration": ("under 2 s", "2 to 5 s", "5 s and more"),
    "level": ("under -35 dBFS", "-35 to -25 dBFS", "-25 dBFS and more", _UNKNOWN),
    "snr": ("under 10 dB", "10 to 25 dB", "25 dB and more", _UNKNOWN),
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
