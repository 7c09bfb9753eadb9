"""Traffic of a model, simulated from its own test set."""

import datetime as dt
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from ovoz.monitoring.hour_files import FEATURES_SCHEMA, TRAFFIC_SCHEMA
from ovoz.monitoring.reference import recorded_rows

SEGMENTS = 60
"""Of a day."""


def write_days(
    folder: Path, reference: pa.Table, version: str, first: dt.date, days: int,
    *, telephone: bool = False,
) -> None:  # fmt: skip
    """Days drawn from the test set of a model; over the telephone, of half the bandwidth."""
    pool = recorded_rows(reference).select(FEATURES_SCHEMA.names)
    random = np.random.default_rng(first.toordinal())
    for date in (first + dt.timedelta(number) for number in range(days)):
        table = pool.take(random.integers(pool.num_rows, size=SEGMENTS))
        if telephone:
            place = table.schema.get_field_index("bandwidth_hz")
            heard = np.minimum(table["bandwidth_hz"].to_numpy(), 3_400.0)
            table = table.set_column(place, "bandwidth_hz", pa.array(heard, pa.float32()))
        noon = dt.datetime.combine(date, dt.time(12), dt.UTC)
        for name, value in (
            ("heard_at", noon), ("way", "http"), ("caller_bucket", 7),
            ("model_version", version), ("processing_ms", 9.0),
        ):  # fmt: skip
            table = table.append_column(name, pa.array([value] * SEGMENTS))
        hour = folder / f"date={date}" / "hour=12"
        hour.mkdir(parents=True, exist_ok=True)
        pq.write_table(
            table.select(TRAFFIC_SCHEMA.names).cast(TRAFFIC_SCHEMA), hour / "simulated-0.parquet"
        )
