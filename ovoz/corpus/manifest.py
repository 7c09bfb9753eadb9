"""The manifest: one row per utterance, one schema for every source."""

from collections.abc import Iterable
from enum import StrEnum
from pathlib import Path
from typing import Final

import pyarrow as pa
import pyarrow.parquet as pq
from pydantic import BaseModel, ConfigDict

from ovoz.files import atomic_file
from ovoz.text.language import Language

MANIFEST_FILE: Final = "manifest.parquet"
"""Name of a manifest within the folder of its corpus."""


class Split(StrEnum):
    """Part of the corpus an utterance belongs to; disjoint by speaker and by sentence."""

    TRAIN = "train"
    DEV = "dev"
    TEST = "test"
    OPEN = "open"
    """Test utterances that hold words never seen in training."""


class Condition(StrEnum):
    """Acoustic condition of the recording."""

    CLEAN = "clean"
    NOISY = "noisy"


class Dialect(StrEnum):
    """Dialect of the speaker."""

    TASHKENT = "tashkent"
    FERGANA = "fergana"
    KHOREZM = "khorezm"
    UNKNOWN = "unknown"


class Utterance(BaseModel):
    """One recorded (or synthetic) utterance with its reference transcript.

    ``audio`` is relative to the root of the :class:`~ovoz.corpus.dataset.Dataset`. ``text`` is the
    canonical transcript (Uzbek words in Latin, Russian words in Cyrillic letters), ``raw_text`` the
    transcript as the source has it. The measured fields describe the audio: ``snr_db`` in dB,
    ``rms_dbfs`` in dB relative to full scale, ``clipped_ratio`` and ``speech_ratio`` in [0, 1],
    ``bandwidth_hz`` in Hz.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str
    audio: str
    sha256: str
    duration_s: float
    text: str
    raw_text: str
    languages: Language
    dialect: Dialect
    speaker: str
    source: str
    licence: str
    consent: str
    split: Split
    condition: Condition
    snr_db: float
    rms_dbfs: float
    clipped_ratio: float
    bandwidth_hz: float
    speech_ratio: float


SCHEMA = pa.schema(
    [
        (name, pa.float64() if field.annotation is float else pa.string())
        for name, field in Utterance.model_fields.items()
    ]
)
"""Arrow schema of the Parquet file, in the field order of :class:`Utterance`."""


class ManifestError(ValueError):
    """A manifest that cannot be read; the message names the file, the row and the remedy."""


def write_manifest(utterances: Iterable[Utterance], path: Path) -> Path:
    """Write ``utterances`` as Parquet; the file appears complete or not at all.

    Raises:
        OSError: The disk is full or the folder cannot be written; no partial file is left.
    """
    rows = [utterance.model_dump(mode="json") for utterance in utterances]
    with atomic_file(path) as unfinished:
        pq.write_table(pa.Table.from_pylist(rows, schema=SCHEMA), unfinished)
    return path


def read_manifest(path: Path) -> list[Utterance]:
    """Read and check every row of a Parquet manifest.

    Raises:
        ManifestError: The file is missing, not Parquet, lacks a column, or a row breaks the schema.
    """
    try:
        rows = pq.read_table(path).to_pylist()
    except (OSError, pa.ArrowException) as error:
        raise ManifestError(f"{path}: not a readable Parquet manifest: {error}") from error
    utterances = []
    for number, row in enumerate(rows):
        try:
            utterances.append(Utterance.model_validate(row))
        except ValueError as error:
            raise ManifestError(f"{path}: row {number} (id {row.get('id')!r}): {error}") from error
    return utterances
