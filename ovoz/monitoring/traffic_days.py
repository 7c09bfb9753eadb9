"""The days of a traffic log as counts of bins."""

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from ovoz.monitoring.bins import BINS, COLUMNS, Bins, Counts, count

_READ: Final = ("model_version", *COLUMNS)


@dataclass(frozen=True, slots=True)
class TrafficDays:
    """Counts of whole days, [days, columns, bins], and the dates that they are of."""

    dates: tuple[dt.date, ...]
    counts: Counts


def read_days(
    folder: Path, bins: Bins, *, model_version: str, first: dt.date, last: dt.date
) -> TrafficDays:
    """The days from ``first`` to ``last`` of what one model heard; days without traffic are empty.

    Files are read one after the other: memory does not grow with the traffic.

    Args:
        folder: The traffic log.
        bins: Of the reference.
        model_version: Segments of other models are left out.
        first: The first day (UTC).
        last: The last one; today is not over yet.

    Raises:
        FileNotFoundError: There is no such folder.
        ValueError: A file of it cannot be read.
    """
    if not folder.is_dir():
        raise FileNotFoundError(
            f"{folder}: no traffic log here: set OVOZ_TRAFFIC_DIR of the service"
        )
    dates = [first + dt.timedelta(days) for days in range((last - first).days + 1)]
    counts = [
        sum(
            (_count_file(file, bins, model_version) for file in _files(folder, date)), start=_none()
        )
        for date in dates
    ]
    return TrafficDays(tuple(dates), np.stack(counts))


def _none() -> Counts:
    return np.zeros((len(COLUMNS), BINS))


def _files(folder: Path, date: dt.date) -> Iterator[Path]:
    # Names with a dot are unfinished.
    return (file for file in sorted(folder.glob(f"date={date}/hour=*/[!.]*.parquet")))


def _count_file(file: Path, bins: Bins, model_version: str) -> Counts:
    try:
        table = pq.ParquetFile(file).read(columns=list(_READ))
    except (OSError, pa.ArrowException, ValueError) as error:
        raise ValueError(f"{file}: not a file of the traffic log: {error}") from error
    return count(bins.codes(table.filter(pc.equal(table["model_version"], model_version))))
