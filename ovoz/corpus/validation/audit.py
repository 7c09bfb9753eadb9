"""The manifest as a table, with one more column for everything that takes a look at the audio."""

import hashlib
import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Final

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from pydantic import ValidationError

from ovoz.audio.decode import AudioError, decode
from ovoz.audio.signal import duration_s
from ovoz.corpus.manifest import ManifestError, Split, Utterance
from ovoz.text.pack import load_pack

_TOLERANCE_S: Final = 0.05

FINE: Final = ""
"""What a column of findings says of a row without fault."""


def read_table(manifest: Path) -> pd.DataFrame:
    """The raw rows, however broken.

    Raises:
        ManifestError: The file is no Parquet table, or lacks a column.
    """
    try:
        table: pd.DataFrame = pq.read_table(manifest).to_pandas()
    except (OSError, pa.ArrowException) as error:
        raise ManifestError(f"{manifest}: not a readable Parquet manifest: {error}") from error
    missing = [name for name in Utterance.model_fields if name not in table.columns]
    if missing:
        raise ManifestError(f"{manifest}: has no column {', '.join(missing)}")
    return table


def audit(
    table: pd.DataFrame,
    root: Path,
    pack: str,
    progress: Callable[[int, int], object] | None = None,
) -> pd.DataFrame:
    """Add the columns that the checks look at.

    ``row`` is the place in the manifest. ``schema_fault``, ``audio_fault`` and ``alphabet_fault``
    say what is wrong, empty when nothing is. ``leaked_speaker`` and ``leaked_sentence`` are true
    on held-out rows that share a speaker or a sentence with the training split.
    """
    audited = table.copy()
    audited["row"] = np.arange(len(table))
    records = table.to_dict("records")
    audited["schema_fault"] = [_schema_fault(record) for record in records]
    audited["audio_fault"] = _audio_faults(records, root, progress)
    audited["alphabet_fault"] = _alphabet_faults(table["text"], pack)
    length = table["text"].fillna("").astype(str).str.len()
    audited["chars_per_s"] = length / pd.to_numeric(table["duration_s"], errors="coerce")
    train = table["split"] == Split.TRAIN.value
    for column, fault in (("speaker", "leaked_speaker"), ("text", "leaked_sentence")):
        audited[fault] = ~train & table[column].isin(set(table.loc[train, column]))
    return audited


def _schema_fault(record: dict[Any, Any]) -> str:
    try:
        Utterance.model_validate(record)
    except ValidationError as error:
        return "; ".join(
            f"{'.'.join(map(str, one['loc']))}: {one['msg']}" for one in error.errors()
        )
    return FINE


def _audio_faults(
    records: list[dict[Any, Any]], root: Path, progress: Callable[[int, int], object] | None
) -> list[str]:
    """Every file read once; decoders run outside of Python's lock, so threads help."""
    faults = []
    with ThreadPoolExecutor() as pool:
        for fault in pool.map(lambda record: _audio_fault(record, root), records):
            faults.append(fault)
            if progress is not None:
                progress(len(faults), len(records))
    return faults


def _audio_fault(record: dict[Any, Any], root: Path) -> str:
    path = root / str(record["audio"])
    if not path.resolve().is_relative_to(root.resolve()):
        return "lies outside of the corpus"
    try:
        content = path.read_bytes()
        samples = decode(path)
    except (AudioError, OSError) as error:
        return f"cannot be read: {error}"
    if hashlib.sha256(content).hexdigest() != record["sha256"]:
        return "is not the file of the manifest (its SHA-256 differs)"
    stated = record["duration_s"]
    if not isinstance(stated, float) or abs(duration_s(samples) - stated) > _TOLERANCE_S:
        return f"lasts {duration_s(samples):.2f} s, the manifest says {stated}"
    return FINE


def _alphabet_faults(texts: "pd.Series[str]", pack: str) -> list[str]:
    letters = "".join(re.escape(symbol) for symbol in load_pack(pack).alphabet)
    foreign = re.compile(f"[^{letters}]")
    faults = []
    for text in texts:
        found = sorted(set(foreign.findall(text))) if isinstance(text, str) else []
        faults.append(f"holds {' '.join(map(repr, found))}" if found else FINE)
    return faults
