"""A month of traffic as a log on the disk, for the time that its analysis takes."""

import datetime as dt
import resource
import time
from pathlib import Path
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from benchmarks.drift_months.month import (
    DAYS,
)
from ovoz.monitoring.bins import Bins
from ovoz.monitoring.caller_buckets import BUCKETS
from ovoz.monitoring.drift import DriftConfig
from ovoz.monitoring.hour_files import FEATURES_SCHEMA, TRAFFIC_SCHEMA
from ovoz.monitoring.reference import REFERENCE_SCHEMA
from ovoz.monitoring.report import compare
from ovoz.monitoring.traffic_days import read_days

FIRST: Final = dt.date(2026, 1, 1)


def write_month(table: pa.Table, rows: int, folder: Path) -> int:
    """A traffic log of a month with a file per hour, and the reference beside it."""
    random = np.random.default_rng(0)
    words = table["words"]  # what was said, and a tenth of it was heard wrong
    errors = pa.array(random.binomial(words.to_numpy(), 0.1), pa.int32())
    reference = table.append_column("errors", errors).append_column("reference_words", words)
    pq.write_table(reference, folder / "reference.parquet")
    hours = DAYS * 24
    for hour in range(hours):
        size = rows // hours + (hour < rows % hours)
        drawn = table.take(random.choice(table.num_rows, size))
        at = dt.datetime.combine(FIRST, dt.time(), dt.UTC) + dt.timedelta(hours=hour)
        columns = {name: drawn[name] for name in FEATURES_SCHEMA.names}
        facts = {"heard_at": [at] * size, "way": ["http"] * size, "model_version": ["m"] * size}
        facts["caller_bucket"] = random.integers(BUCKETS, size=size)
        took = np.zeros(size, np.float32)
        path = folder / f"date={at:%Y-%m-%d}" / f"hour={at:%H}" / "0.parquet"
        path.parent.mkdir(parents=True)
        whole = pa.table({**facts, "processing_ms": took, **columns}, schema=TRAFFIC_SCHEMA)
        pq.write_table(whole, path, compression="zstd")
    return hours


def analyse_month(folder: Path) -> tuple[float, float]:
    """Seconds, and the most memory of this process in MB, of the analysis of ``folder``."""
    started = time.perf_counter()
    reference = pq.read_table(folder / "reference.parquet", schema=REFERENCE_SCHEMA)
    bins = Bins.of(reference)
    last = FIRST + dt.timedelta(DAYS - 1)
    days = read_days(folder, bins, model_version="m", first=FIRST, last=last)
    compare("m", reference, bins, days, DriftConfig())
    memory_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return time.perf_counter() - started, memory_mb
