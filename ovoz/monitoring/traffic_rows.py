"""Rows of a traffic log as they were logged, for tools that want to see distributions."""

import datetime as dt
from pathlib import Path
from typing import Final

import numpy as np
import pyarrow as pa

from ovoz.monitoring.bins import COLUMNS
from ovoz.monitoring.traffic_days import files_of, read_rows_of, seed_of

MOST_ROWS: Final = 5_000
"""More show no other distribution."""


def sample_rows(folder: Path, date: dt.date, model_version: str) -> pa.Table:
    """At most :data:`MOST_ROWS` rows of a day, drawn evenly from its files; the same each time.

    Args:
        folder: The traffic log.
        date: The day (UTC).
        model_version: Segments of other models are left out.

    Returns:
        A table of the columns that drift is looked for in; without rows where there was no traffic.

    Raises:
        ValueError: A file of the log cannot be read.
    """
    tables, keys = [], []
    for file in files_of(folder, date):
        table = read_rows_of(file, model_version)
        drawn = np.random.default_rng(seed_of(file)).random(table.num_rows)
        kept = np.argsort(drawn)[:MOST_ROWS]
        tables.append(table.take(kept))
        keys.append(drawn[kept])
    if not tables:
        return pa.table({name: pa.array([], pa.float32()) for name in COLUMNS})
    chosen = np.argsort(np.concatenate(keys))[:MOST_ROWS]
    return pa.concat_tables(tables).take(chosen).select(COLUMNS)
