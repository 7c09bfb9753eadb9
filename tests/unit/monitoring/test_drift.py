"""Months without a change raise no alarm; each kind of change is found and named."""

import datetime as dt
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ovoz.monitoring.bins import BINS, COLUMNS, ORDERED, Bins, count, count_groups
from ovoz.monitoring.drift import DriftConfig, find_drift
from ovoz.monitoring.hour_files import FEATURES_SCHEMA, TRAFFIC_SCHEMA
from ovoz.monitoring.traffic_days import read_days

DAY = dt.date(2026, 3, 1)
QUICK = DriftConfig(months=120)


def drawn(rows: int, seed: int, **changes: float) -> pa.Table:
    """Features of segments: correlated, skewed, with ties; ``changes`` are added to columns."""
    random = np.random.default_rng(seed)
    shared = random.normal(size=rows)
    columns = {name: random.gamma(2, 1, rows) + shared for name in ORDERED}
    columns["clipped_ratio"] = np.where(random.random(rows) < 0.95, 0.0, random.random(rows))
    columns["words"] = random.poisson(6, rows)
    for name, change in changes.items():
        columns[name] = columns[name] + change
    columns["language"] = random.choice(["uz", "ru", "mixed"], rows, p=[0.6, 0.3, 0.1])
    return pa.table(columns).select(FEATURES_SCHEMA.names).cast(FEATURES_SCHEMA)


def month(bins: Bins, rows: int, seed: int, **changes: float) -> np.ndarray:
    """Thirty days; what changes does so on the eleventh."""
    tables = [
        drawn(rows, 1_000 * seed + day, **(changes if day >= 10 else {})) for day in range(30)
    ]
    return np.stack([count(bins.codes(table)) for table in tables])


@pytest.mark.slow
@pytest.mark.parametrize("rows", [60, 600])
def test_unchanged_months_raise_no_more_alarms_than_configured(rows: int) -> None:
    alarmed = 0
    for seed in range(1, 4):
        reference = drawn(700, seed)
        bins = Bins.of(reference)
        alarmed += bool(find_drift(bins.codes(reference), month(bins, rows, seed), QUICK))
    assert alarmed <= 1  # of three, at 2 %: more has a chance of 1 in 800, and seeds are fixed


@pytest.mark.parametrize(
    ("column", "change"), [("snr_db", 1.5), ("clipped_ratio", 0.5), ("words", 2)]
)
def test_a_shifted_column_is_found_and_named(column: str, change: float) -> None:
    reference = drawn(700, 1)
    bins = Bins.of(reference)
    days = month(bins, 200, 1, **{column: change})
    alarms = find_drift(bins.codes(reference), days, QUICK)
    assert {alarm.column for alarm in alarms} == {column}
    assert alarms[0].day == 10
    assert all(0 < alarm.distance <= 1 and alarm.score > alarm.threshold for alarm in alarms)
    assert {alarm.days for alarm in alarms} == {1, 7}


def test_a_slow_small_shift_is_found_over_a_week() -> None:
    reference = drawn(3_000, 1)
    bins = Bins.of(reference)
    alarms = find_drift(bins.codes(reference), month(bins, 150, 1, snr_db=0.35), QUICK)
    assert alarms
    assert alarms[0].days == 7


def test_a_language_that_the_reference_lacks_is_found() -> None:
    reference = drawn(700, 1)
    bins = Bins.of(reference)
    days = month(bins, 200, 2)
    foreign = drawn(200, 3)
    place = foreign.schema.get_field_index("language")
    foreign = foreign.set_column(place, "language", pa.array(["kk"] * 200))
    days[20] = count(bins.codes(foreign))
    alarms = find_drift(bins.codes(reference), days, QUICK)
    assert alarms[0].column == "language"
    assert alarms[0].day == 20
    assert alarms[0].distance == pytest.approx(1)


def test_days_with_little_traffic_are_not_tested() -> None:
    reference = drawn(300, 1)
    bins = Bins.of(reference)
    days = month(bins, 2, 1, snr_db=50.0)
    assert not find_drift(bins.codes(reference), days[:11], QUICK)
    assert not find_drift(bins.codes(reference), np.zeros_like(days), QUICK)


def test_fewer_independent_segments_alarm_later() -> None:
    reference = drawn(700, 1)
    bins = Bins.of(reference)
    days = month(bins, 200, 1, snr_db=0.6)
    sure = find_drift(bins.codes(reference), days, QUICK)
    careful = DriftConfig(months=120, independent_share=0.1)
    doubtful = find_drift(bins.codes(reference), days, careful)
    assert sure[0].day < min((one.day for one in doubtful), default=30)


@given(st.integers(1, 50), st.integers(1, 4), st.integers(0, 99))
def test_counts_of_groups_add_up(rows: int, groups: int, seed: int) -> None:
    table = drawn(rows, seed)
    bins = Bins.of(drawn(40, 1))
    codes = bins.codes(table)
    assert codes.shape == (rows, len(COLUMNS))
    assert 0 <= codes.min() <= codes.max() < BINS
    group = np.random.default_rng(seed).integers(groups, size=rows)
    parts = count_groups(codes, group, groups)
    np.testing.assert_array_equal(parts.sum(axis=0), count(codes))
    assert (parts.sum(axis=(0, 2)) == rows).all()


def test_a_reference_without_rows_is_refused() -> None:
    with pytest.raises(ValueError, match="no rows"):
        Bins.of(drawn(0, 1))


def log_of(folder: Path, table: pa.Table, day: dt.date, hour: int, version: str = "m-1") -> Path:
    size = table.num_rows
    at = dt.datetime.combine(day, dt.time(hour), dt.UTC)
    facts = {"heard_at": [at] * size, "way": ["http"] * size, "model_version": [version] * size}
    columns = {name: table[name] for name in table.schema.names}
    whole = {**facts, "caller_bucket": [7] * size, "processing_ms": [1.0] * size, **columns}
    file = folder / f"date={day}" / f"hour={hour:02}" / f"{version}.parquet"
    file.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(pa.table(whole, schema=TRAFFIC_SCHEMA), file)
    return file


def test_days_of_a_log_are_those_of_one_model(tmp_path: Path) -> None:
    table = drawn(50, 1)
    bins = Bins.of(table)
    log_of(tmp_path, table, DAY, 3)
    log_of(tmp_path, table, DAY, 4)
    log_of(tmp_path, table, DAY, 4, "m-2")
    log_of(tmp_path, table, DAY + dt.timedelta(2), 0)
    (tmp_path / f"date={DAY}" / "hour=03" / ".m-1.parquet.tmp").write_bytes(b"half")
    last = DAY + dt.timedelta(2)
    days = read_days(tmp_path, bins, model_version="m-1", first=DAY, last=last)
    assert len(days.dates) == 3
    assert days.counts[:, 0].sum(axis=-1).tolist() == [100, 0, 50]
    np.testing.assert_array_equal(days.counts[2], count(bins.codes(table)))


def test_a_damaged_file_of_the_log_is_named(tmp_path: Path) -> None:
    bins = Bins.of(drawn(50, 1))
    file = log_of(tmp_path, drawn(5, 1), DAY, 3)
    file.write_bytes(b"PAR1 and nothing else")
    with pytest.raises(ValueError, match=r"m-1\.parquet: not a file of the traffic log"):
        read_days(tmp_path, bins, model_version="m-1", first=DAY, last=DAY)
    with pytest.raises(FileNotFoundError, match="OVOZ_TRAFFIC_DIR"):
        read_days(tmp_path / "none", bins, model_version="m-1", first=DAY, last=DAY)
