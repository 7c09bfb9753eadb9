"""The days of a traffic log, reduced to what adds up: counts of bins, words, a sample of rows."""

import datetime as dt
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import partial, reduce
from operator import add
from pathlib import Path
from typing import Final, Self

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from ovoz.monitoring.bins import BINS, COLUMNS, Bins, Codes, Counts, count
from ovoz.monitoring.caller_buckets import CallerCounts
from ovoz.monitoring.cluster import Spread
from ovoz.monitoring.heard_words import HeardWords
from ovoz.monitoring.slices import SLICES, count_slices

SAMPLE_ROWS: Final = 1_000
"""Of a day, for what needs whole rows."""
_FILES: Final = 12
"""Read together: many enough that a worker's answer costs little beside them."""
_BUCKET: Final = "caller_bucket"
_READ: Final = ("model_version", "way", _BUCKET, *COLUMNS)


@dataclass(frozen=True, slots=True)
class TrafficPart:
    """A file, a day or a month of traffic; parts of any machine add up.

    ``counts`` is [columns, bins], ``sliced`` the same by slice, [slices, columns, bins].
    ``sample`` holds bins of rows, [rows, columns], each with a random key in ``keys``: the rows
    with the smallest keys are a sample of all of them, however they were added up.
    """

    counts: Counts
    sliced: Counts
    heard: HeardWords
    callers: CallerCounts
    sample: Codes
    keys: npt.NDArray[np.float64]

    @classmethod
    def none(cls) -> Self:
        """No traffic."""
        return cls(
            np.zeros((len(COLUMNS), BINS)),
            np.zeros((SLICES, len(COLUMNS), BINS)),
            HeardWords.none(),
            CallerCounts(),
            np.zeros((0, len(COLUMNS)), np.int64),
            np.zeros(0),
        )

    @classmethod
    def of(cls, table: pa.Table, bins: Bins, seed: int, process: str = "") -> "TrafficPart":
        """The segments of a table that ``process`` wrote; ``seed`` is of the sample."""
        codes = bins.codes(table)
        keys = np.random.default_rng(seed).random(len(codes))
        sliced = count_slices(codes, table["way"])
        callers = CallerCounts()
        if _BUCKET in table.column_names:  # not in logs of before
            callers = CallerCounts.of(table[_BUCKET], process)
        return cls(count(codes), sliced, HeardWords.of(table), callers, codes, keys)._cut()

    def __add__(self, other: "TrafficPart") -> "TrafficPart":
        return TrafficPart(
            self.counts + other.counts,
            self.sliced + other.sliced,
            self.heard + other.heard,
            self.callers + other.callers,
            np.concatenate([self.sample, other.sample]),
            np.concatenate([self.keys, other.keys]),
        )._cut()

    def _cut(self) -> "TrafficPart":
        kept = np.argsort(self.keys)[:SAMPLE_ROWS]
        return replace(self, sample=self.sample[kept], keys=self.keys[kept])


@dataclass(frozen=True, slots=True)
class TrafficDays:
    """Whole days and the dates that they are of; days without traffic are empty."""

    dates: tuple[dt.date, ...]
    parts: tuple[TrafficPart, ...]

    @property
    def counts(self) -> Counts:
        """Rows in each bin, [days, columns, bins]."""
        return np.stack([part.counts for part in self.parts])


def read_days(
    folder: Path,
    bins: Bins,
    *,
    model_version: str,
    first: dt.date,
    last: dt.date,
    spread: Spread = map,
) -> TrafficDays:
    """The days from ``first`` to ``last`` of what one model heard; days without traffic are empty.

    Files are read one after the other: memory does not grow with the traffic.

    Args:
        folder: The traffic log.
        bins: Of the reference.
        model_version: Segments of other models are left out.
        first: The first day (UTC).
        last: The last one; today is not over yet.
        spread: Who reads the files.

    Raises:
        FileNotFoundError: There is no such folder.
        ValueError: A file of it cannot be read.
    """
    if not folder.is_dir():
        raise FileNotFoundError(
            f"{folder}: no traffic log here: set OVOZ_TRAFFIC_DIR of the service"
        )
    dates = [first + dt.timedelta(days) for days in range((last - first).days + 1)]
    batches = [batch for date in dates for batch in _batches(folder, date)]
    days = dict.fromkeys(dates, TrafficPart.none())
    read = partial(_read_batch, bins=bins, model_version=model_version)
    for batch, part in zip(batches, spread(read, batches), strict=True):
        days[batch.date] = days[batch.date] + part
    return TrafficDays(tuple(days), tuple(days.values()))


@dataclass(frozen=True, slots=True)
class _FileBatch:
    """Files of a day that are read together."""

    date: dt.date
    files: tuple[Path, ...]


def _batches(folder: Path, date: dt.date) -> Iterator[_FileBatch]:
    files = tuple(files_of(folder, date))
    for start in range(0, len(files), _FILES):
        yield _FileBatch(date, files[start : start + _FILES])


def _read_batch(batch: _FileBatch, bins: Bins, model_version: str) -> TrafficPart:
    parts = (_read_part(file, bins, model_version) for file in batch.files)
    return reduce(add, parts, TrafficPart.none())


def files_of(folder: Path, date: dt.date) -> Iterator[Path]:
    """The finished files of a day in a log by hour."""
    # Names with a dot are unfinished.
    return (file for file in sorted(folder.glob(f"date={date}/hour=*/[!.]*.parquet")))


def read_rows_of(file: Path, model_version: str) -> pa.Table:
    """The rows of one model in a file of the traffic log.

    Raises:
        ValueError: The file cannot be read.
    """
    try:
        table = pq.ParquetFile(file).read(columns=list(_READ))
    except (OSError, pa.ArrowException, ValueError) as error:
        raise ValueError(f"{file}: not a file of the traffic log: {error}") from error
    return table.filter(pc.equal(table["model_version"], model_version))


def seed_of(file: Path) -> int:
    """The seed of what is drawn from a file: the same each time it is read, wherever it lies."""
    return zlib.crc32("/".join(file.parts[-3:]).encode())


def _read_part(file: Path, bins: Bins, model_version: str) -> TrafficPart:
    process = file.stem.rpartition("-")[0]
    return TrafficPart.of(read_rows_of(file, model_version), bins, seed_of(file), process)
