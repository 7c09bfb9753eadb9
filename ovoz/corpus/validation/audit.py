"""The manifest as a table, with one more column for everything that takes a look to be known."""

import math
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from ovoz.audio.measures import Measures
from ovoz.corpus.manifest import ManifestError, Utterance
from ovoz.corpus.origins import Origin
from ovoz.corpus.validation.config import CheckName, ValidationConfig
from ovoz.corpus.validation.faults import (
    alphabet_faults,
    language_fault,
    loss_fault,
    measures_fault,
    overlap_faults,
    repetition_faults,
    schema_fault,
    script_fault,
    voice_fault,
)
from ovoz.corpus.validation.heard import HeardFiles, key_of
from ovoz.corpus.validation.listening import FileFinding, listen

FINE: Final = ""
"""What a column of findings says of a row without fault."""

FAULTS: Final = (
    CheckName.SPEAKER_LEAK,
    CheckName.SENTENCE_LEAK,
    CheckName.REPEATED_SENTENCE,
    CheckName.SCHEMA,
    CheckName.AUDIO,
    CheckName.ALPHABET,
    CheckName.LANGUAGE,
    CheckName.VOICE,
    CheckName.WHOLE,
    CheckName.CUT,
    CheckName.MIXED_SCRIPT,
    CheckName.DEV_OVERLAP,
    CheckName.MEASURES,
)
"""Checks whose finding is a sentence in a column of its own."""


def fault_column(check: CheckName) -> str:
    """Name of the column that holds the findings of ``check``."""
    return f"{check.value} fault"


_NUMBERS: Final = tuple(
    name for name, field in Utterance.model_fields.items() if field.annotation is float
)


def read_table(manifest: Path) -> pd.DataFrame:
    """The raw rows, however broken.

    Raises:
        ManifestError: The file is no Parquet table, lacks a column, or holds no row.
    """
    try:
        table: pd.DataFrame = _plain(pq.read_table(manifest)).to_pandas(ignore_metadata=True)
    except (OSError, pa.ArrowException) as error:
        raise ManifestError(f"{manifest}: not a readable Parquet manifest: {error}") from error
    missing = [name for name in Utterance.model_fields if name not in table.columns]
    if missing:
        raise ManifestError(f"{manifest}: has no column {', '.join(missing)}")
    if table.empty:
        raise ManifestError(f"{manifest}: holds no rows")
    return table


def _plain(table: pa.Table) -> pa.Table:
    """The table without dictionary encoding, which changes how pandas treats missing values."""
    for place, field in enumerate(table.schema):
        if pa.types.is_dictionary(field.type):
            column = table.column(place).cast(field.type.value_type)
            table = table.set_column(place, field.name, column)
    return table


def audit(
    table: pd.DataFrame,
    root: Path,
    config: ValidationConfig,
    origins: Mapping[str, Origin],
    progress: Callable[[int, int], object] | None = None,
    heard_file: Path | None = None,
) -> pd.DataFrame:
    """Add the columns that the checks look at; every audio file is read once.

    With ``heard_file``, files that have not changed since they were heard are not read again.

    ``row`` is the place in the manifest. The :func:`fault_column` of each of :data:`FAULTS` says
    what is wrong with a row, empty when nothing is. ``measured_*`` are the measures of the audio
    itself, missing where it cannot be read.
    """
    records = table[list(Utterance.model_fields)].to_dict("records")
    heard = _hear(records, root, config.max_duration_s, progress, heard_file)
    audited = _typed(table)
    audited["row"] = np.arange(len(table))
    audited[fault_column(CheckName.SCHEMA)] = [schema_fault(record) for record in records]
    audited[fault_column(CheckName.AUDIO)] = [one.fault for one in heard]
    # What cannot be decoded is not compared: all empty files are the same bytes.
    decodable = np.array([one.measures is not None for one in heard])
    audited["decodable_sha256"] = audited["sha256"].where(decodable)
    audited[fault_column(CheckName.MEASURES)] = [
        measures_fault(record, one.measures) if one.measures else FINE
        for record, one in zip(records, heard, strict=True)
    ]
    audited[fault_column(CheckName.VOICE)] = [
        voice_fault(text, one.voiced_s, config.max_chars_per_voiced_s)
        for text, one in zip(audited["text"], heard, strict=True)
    ]
    lost = [origins.get(row_id, Origin()).lost_s for row_id in audited["id"]]
    for check, most in ((CheckName.WHOLE, config.max_lost_share), (CheckName.CUT, 0.0)):
        audited[fault_column(check)] = [
            loss_fault(lost_s, duration_s, most)
            for lost_s, duration_s in zip(lost, audited["duration_s"], strict=True)
        ]
    _add_text_faults(audited, config.pack)
    for name, found in overlap_faults(audited, config.pack, config.unseen).items():
        audited[fault_column(name)] = found
    audited[fault_column(CheckName.REPEATED_SENTENCE)] = repetition_faults(
        audited, config.pack, config.max_same_sentence
    )
    audited["chars_per_s"] = audited["text"].str.len() / audited["duration_s"]
    return _with_measures(audited, [one.measures for one in heard])


def _hear(
    records: list[dict[Any, Any]],
    root: Path,
    max_duration_s: float,
    progress: Callable[[int, int], object] | None,
    heard_file: Path | None,
) -> list[FileFinding]:
    if heard_file is None:
        return listen(records, root, max_duration_s, progress)
    kept = HeardFiles(heard_file)
    resolved = root.resolve()
    keys = [key_of(record, resolved, max_duration_s) for record in records]
    findings = [kept.find(key) for key in keys]
    unheard = [place for place, finding in enumerate(findings) if finding is None]
    new = iter(listen([records[place] for place in unheard], root, max_duration_s, progress))
    heard = [finding or next(new) for finding in findings]
    if unheard:
        kept.write(zip(keys, heard, strict=True))
    return heard


def _typed(table: pd.DataFrame) -> pd.DataFrame:
    """Numbers and texts only, so that no odd value breaks a check: those become missing or text.

    What was odd about them the schema check says.
    """
    typed = pd.DataFrame(index=pd.RangeIndex(len(table)))
    for name in Utterance.model_fields:
        column = table[name].reset_index(drop=True)
        if name in _NUMBERS:
            typed[name] = pd.to_numeric(column, errors="coerce").astype(float)
        else:
            typed[name] = column.where(column.notna(), "").map(str)
    return typed


def _add_text_faults(audited: pd.DataFrame, pack: str) -> None:
    texts = audited["text"].tolist()
    audited[fault_column(CheckName.ALPHABET)] = alphabet_faults(texts, pack)
    audited[fault_column(CheckName.MIXED_SCRIPT)] = [script_fault(text) for text in texts]
    audited[fault_column(CheckName.LANGUAGE)] = [
        language_fault(text, language, pack)
        for text, language in zip(texts, audited["languages"], strict=True)
    ]


def _with_measures(audited: pd.DataFrame, measures: list[Measures | None]) -> pd.DataFrame:
    names = [name for name in _NUMBERS if name != "duration_s"]
    columns = {
        f"measured_{name}": [getattr(one, name) if one else math.nan for one in measures]
        for name in names
    }
    return pd.concat([audited, pd.DataFrame(columns, dtype=float)], axis=1)
