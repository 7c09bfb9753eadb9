"""The word error rate that corrections of callers show, by model version and slice.

Corrections are no random sample: who corrects, was mostly told something wrong. Read the figure
against that of another version or slice, or of last month, not against the test set.
"""

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from ovoz.evaluation.metrics.bootstrap import draw_times, find_bounds
from ovoz.evaluation.rows import ALL
from ovoz.monitoring.hour_files import CORRECTIONS_SCHEMA
from ovoz.monitoring.traffic_days import files_of

SLICES: Final = ("language", "way", "length")
LEVEL: Final = 0.95
_RESAMPLES: Final = 1_000
_LEAST: Final = 5
"""Corrections; fewer have no interval worth showing."""


@dataclass(frozen=True, slots=True)
class LiveRate:
    """Word errors over words of the corrections of one version and slice, with a 95 % interval."""

    model_version: str
    slice: str
    corrections: int
    words: int
    rate: float
    low: float
    high: float


def read_corrections(folder: Path, *, first: dt.date, last: dt.date) -> pa.Table:
    """The corrections of whole days, of :data:`ovoz.monitoring.hour_files.CORRECTIONS_SCHEMA`.

    Raises:
        FileNotFoundError: There is no such folder.
        ValueError: A file of it cannot be read.
    """
    if not folder.is_dir():
        raise FileNotFoundError(
            f"{folder}: no log of corrections here: set OVOZ_FEEDBACK_DIR of the service"
        )
    tables = [CORRECTIONS_SCHEMA.empty_table()]
    for number in range((last - first).days + 1):
        for file in files_of(folder, first + dt.timedelta(number)):
            try:
                tables.append(pq.ParquetFile(file).read().cast(CORRECTIONS_SCHEMA))
            except (OSError, pa.ArrowException, ValueError) as error:
                raise ValueError(f"{file}: not a file of the log of corrections: {error}") from None
    return pa.concat_tables(tables)


def live_rates(corrections: pa.Table) -> list[LiveRate]:
    """The rates of every version and slice with five corrections or more."""
    rates = []
    for version in sorted(set(corrections["model_version"].to_pylist())):
        own = corrections.filter(pc.equal(corrections["model_version"], version))
        for name, table in _slices(own):
            rate = _rate(version, name, table)
            if rate is not None:
                rates.append(rate)
    return rates


def _slices(table: pa.Table) -> Iterator[tuple[str, pa.Table]]:
    yield ALL, table
    for name in SLICES:
        for value in sorted(set(table[name].to_pylist())):
            yield f"{name}={value}", table.filter(pc.equal(table[name], value))


def _rate(version: str, name: str, table: pa.Table) -> LiveRate | None:
    counted = np.column_stack([table["word_errors"].to_numpy(), table["words"].to_numpy()])
    errors, words = counted.sum(axis=0).tolist()
    if table.num_rows < _LEAST or not words:
        return None
    drawn = np.concatenate([times @ counted for times in draw_times(len(counted), _RESAMPLES, 0)])
    low, high = find_bounds(drawn[:, 0] / np.maximum(drawn[:, 1], 1), LEVEL)
    return LiveRate(version, name, table.num_rows, words, errors / words, low, high)
