"""Parquet files of the traffic log, by hour: their schema, and how rows are added to them."""

import datetime as dt
import itertools
import logging
import secrets
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, Final, get_type_hints

import pyarrow as pa
import pyarrow.parquet as pq

from ovoz.files import atomic_file
from ovoz.monitoring.traffic import SegmentFeatures, TrafficRow

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
        ("model_version", pa.string()),
        ("processing_ms", pa.float32()),
        *FEATURES_SCHEMA,
    ]
)


class HourFiles:
    """The files of this process, one or more for each hour."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._name = secrets.token_hex(6)
        self._number = 0

    def append(self, rows: Sequence[TrafficRow]) -> tuple[int, str]:
        """Add rows to the files of their hours, the oldest first.

        Returns:
            How many were written, and what kept the others from it.
        """
        written = 0
        # Neighbours alone make a group: the clock may step back, and the queue's head is cut.
        for hour, group in itertools.groupby(rows, lambda row: row.heard_at.replace(minute=0)):
            of_hour = list(group)
            try:
                self._append(hour, of_hour)
            except OSError as error:
                return written, error.strerror or type(error).__name__
            written += len(of_hour)
        return written, ""

    def _append(self, hour: dt.datetime, rows: Sequence[TrafficRow]) -> None:
        folder = self._folder / f"date={hour:%Y-%m-%d}" / f"hour={hour:%H}"
        path = folder / f"{self._name}-{self._number}.parquet"
        table = to_table(rows)
        if path.exists():
            try:
                earlier = pq.read_table(path, schema=TRAFFIC_SCHEMA, partitioning=None)
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


def to_table(rows: Iterable[TrafficRow]) -> pa.Table:
    """Rows as a table of :data:`TRAFFIC_SCHEMA`."""
    names = FEATURES_SCHEMA.names
    columns: dict[str, list[Any]] = {name: [] for name in TRAFFIC_SCHEMA.names}
    for row in rows:
        columns["heard_at"].append(row.heard_at)
        columns["way"].append(row.way.value)
        columns["model_version"].append(row.model_version)
        columns["processing_ms"].append(row.processing_ms)
        for name in names:
            columns[name].append(getattr(row.features, name))
    return pa.table(columns, schema=TRAFFIC_SCHEMA)
