"""Parquet files of a log, by hour: their schemas, and how rows are added to them."""

import datetime as dt
import itertools
import logging
import secrets
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final, Generic, TypeVar, get_type_hints

import pyarrow as pa
import pyarrow.parquet as pq

from ovoz.files import atomic_file
from ovoz.monitoring.corrections import CorrectionRow
from ovoz.monitoring.traffic import SegmentFeatures, TrafficRow

Row = TypeVar("Row")

_ROWS_PER_FILE: Final = 100_000
"""A file that grows is written anew with each flush: beyond this the next one is begun."""
_LOG: Final = logging.getLogger(__name__)

_TYPES: Final = {float: pa.float32(), int: pa.int32(), str: pa.string()}
FEATURES_SCHEMA: Final = pa.schema(
    [(name, _TYPES[kind]) for name, kind in get_type_hints(SegmentFeatures).items()]
)
TRAFFIC_SCHEMA: Final = pa.schema(
    [
        ("heard_at", pa.timestamp("s", tz="UTC")),
        ("way", pa.string()),
        ("caller_bucket", pa.int16()),  # null in logs of before it was there
        ("model_version", pa.string()),
        ("processing_ms", pa.float32()),
        *FEATURES_SCHEMA,
    ]
)
CORRECTIONS_SCHEMA: Final = pa.schema(
    [
        (name, _TYPES.get(kind, pa.timestamp("s", tz="UTC")))
        for name, kind in get_type_hints(CorrectionRow).items()
    ]
)


@dataclass(frozen=True, slots=True)
class RowFormat(Generic[Row]):
    """How rows of a log are stored: by which columns and at which time (UTC)."""

    schema: pa.Schema
    to_columns: Callable[[Row], dict[str, Any]]
    time_of: Callable[[Row], dt.datetime]


def _traffic_columns(row: TrafficRow) -> dict[str, Any]:
    return {
        "heard_at": row.heard_at,
        "way": row.way.value,
        "caller_bucket": row.caller_bucket,
        "model_version": row.model_version,
        "processing_ms": row.processing_ms,
        **asdict(row.features),
    }


TRAFFIC: Final[RowFormat[TrafficRow]] = RowFormat(
    TRAFFIC_SCHEMA, _traffic_columns, lambda row: row.heard_at
)
CORRECTIONS: Final[RowFormat[CorrectionRow]] = RowFormat(
    CORRECTIONS_SCHEMA, asdict, lambda row: row.corrected_at
)


class HourFiles(Generic[Row]):
    """The files of this process, one or more for each hour."""

    def __init__(self, folder: Path, form: RowFormat[Row]) -> None:
        self._folder = folder
        self._form = form
        self._name = secrets.token_hex(6)
        self._number = 0

    def append(self, rows: Sequence[Row]) -> tuple[int, str]:
        """Add rows to the files of their hours, the oldest first.

        Returns:
            How many were written, and what kept the others from it.
        """
        written = 0
        # Neighbours alone make a group: the clock may step back, and the queue's head is cut.
        for hour, group in itertools.groupby(rows, self._hour_of):
            of_hour = list(group)
            try:
                self._append(hour, of_hour)
            except OSError as error:
                return written, error.strerror or type(error).__name__
            written += len(of_hour)
        return written, ""

    def _hour_of(self, row: Row) -> dt.datetime:
        return self._form.time_of(row).replace(minute=0)

    def _append(self, hour: dt.datetime, rows: Sequence[Row]) -> None:
        folder = self._folder / f"date={hour:%Y-%m-%d}" / f"hour={hour:%H}"
        path = folder / f"{self._name}-{self._number}.parquet"
        columns = [self._form.to_columns(row) for row in rows]
        table = pa.Table.from_pylist(columns, schema=self._form.schema)
        if path.exists():
            try:
                earlier = pq.read_table(path, schema=self._form.schema, partitioning=None)
            except pa.ArrowException:
                _LOG.error("%s: not readable any more; a new file is begun", path.name)
                earlier = None
            if earlier is None or earlier.num_rows >= _ROWS_PER_FILE:
                self._number += 1
                path = folder / f"{self._name}-{self._number}.parquet"
            else:
                table = pa.concat_tables([earlier, table])
        with atomic_file(path) as unfinished:
            pq.write_table(table, unfinished, compression="zstd")
