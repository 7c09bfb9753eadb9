"""A month of traffic as a log on the disk, for the time that its analysis takes."""

import datetime as dt
import resource
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from benchmarks.drift_months.month import DAYS
from ovoz.monitoring.bins import Bins
from ovoz.monitoring.caller_buckets import BUCKETS
from ovoz.monitoring.cluster import spread_over
from ovoz.monitoring.drift import DriftConfig
from ovoz.monitoring.hour_files import FEATURES_SCHEMA, TRAFFIC_SCHEMA
from ovoz.monitoring.reference import REFERENCE_SCHEMA
from ovoz.monitoring.report import compare
from ovoz.monitoring.traffic_days import read_days

FIRST: Final = dt.date(2026, 1, 1)


MOST_ROWS: Final = 10_000_000
"""That are written; a larger month has these files several times."""


@dataclass(frozen=True)
class Cost:
    """Of one analysis; memory is the most of the process and of the largest of its workers."""

    seconds: float
    reading_s: float
    memory_mb: float
    workers_mb: float


def write_month(table: pa.Table, rows: int, folder: Path) -> int:
    """A traffic log of a month with a file per hour, and the reference beside it.

    Returns the number of files.
    """
    random = np.random.default_rng(0)
    words = table["words"]  # what was said, and a tenth of it was heard wrong
    errors = pa.array(random.binomial(words.to_numpy(), 0.1), pa.int32())
    reference = table.append_column("errors", errors).append_column("reference_words", words)
    pq.write_table(reference, folder / "reference.parquet")
    hours, copies = DAYS * 24, max(1, rows // MOST_ROWS)
    written = rows // copies
    for hour in range(hours):
        size = written // hours + (hour < written % hours)
        at = dt.datetime.combine(FIRST, dt.time(), dt.UTC) + dt.timedelta(hours=hour)
        whole = _hour(table, size, at, random)
        first = folder / f"date={at:%Y-%m-%d}" / f"hour={at:%H}" / "p0-0.parquet"
        first.parent.mkdir(parents=True)
        pq.write_table(whole, first, compression="zstd")
        for number in range(1, copies):
            first.with_name(f"p{number}-0.parquet").hardlink_to(first)
    return hours * copies


def _hour(table: pa.Table, size: int, at: dt.datetime, random: np.random.Generator) -> pa.Table:
    drawn = table.take(random.choice(table.num_rows, size))
    facts = {
        "heard_at": [at] * size,
        "way": ["http"] * size,
        "caller_bucket": random.integers(BUCKETS, size=size),
        "model_version": ["m"] * size,
        "processing_ms": np.zeros(size, np.float32),
    }
    columns = {name: drawn[name] for name in FEATURES_SCHEMA.names}
    return pa.table({**facts, **columns}, schema=TRAFFIC_SCHEMA)


def analyse_month(folder: Path, cluster: str) -> Cost:
    """What the analysis of ``folder`` costs, read over a cluster or by this process."""
    started = time.perf_counter()
    reference = pq.read_table(folder / "reference.parquet", schema=REFERENCE_SCHEMA)
    bins = Bins.of(reference)
    last = FIRST + dt.timedelta(DAYS - 1)
    with spread_over(cluster) as spread:
        days = read_days(folder, bins, model_version="m", first=FIRST, last=last, spread=spread)
    read_s = time.perf_counter() - started
    compare("m", reference, bins, days, DriftConfig())
    return Cost(
        seconds=time.perf_counter() - started,
        reading_s=read_s,
        memory_mb=_most_mb(resource.RUSAGE_SELF),
        workers_mb=_most_mb(resource.RUSAGE_CHILDREN) if cluster else 0.0,
    )


def _most_mb(whose: int) -> float:
    return resource.getrusage(whose).ru_maxrss / 1024
