"""Two workers of Dask reduce a log to what one process reduces it to."""

import datetime as dt
from dataclasses import fields
from pathlib import Path

import numpy as np
import pytest

from ovoz.monitoring.bins import Bins
from ovoz.monitoring.cluster import spread_over
from ovoz.monitoring.traffic_days import TrafficDays, read_days

from .test_drift import DAY, drawn, log_of

DAYS = 3


def read(folder: Path, bins: Bins, cluster: str) -> TrafficDays:
    last = DAY + dt.timedelta(DAYS)  # the last day has no traffic
    with spread_over(cluster) as spread:
        return read_days(folder, bins, model_version="m-1", first=DAY, last=last, spread=spread)


@pytest.fixture
def log(tmp_path: Path) -> Path:
    for number in range(DAYS):
        for hour in range(20):  # more files than are read together
            table = drawn(30, 100 * number + hour)
            log_of(tmp_path, table, DAY + dt.timedelta(number), hour)
    return tmp_path


def test_two_workers_read_the_same(log: Path) -> None:
    pytest.importorskip("distributed", reason="needs the extra cluster")
    bins = Bins.of(drawn(700, 1))
    here, there = read(log, bins, ""), read(log, bins, "local:2")
    assert here.dates == there.dates
    assert here.counts.sum(axis=(1, 2))[-1] == 0
    for one, other in zip(here.parts, there.parts, strict=True):
        for field in fields(one):
            if field.name == "callers":
                assert one.callers.dominance == other.callers.dominance
            elif field.name == "heard":
                assert np.array_equal(one.heard.words, other.heard.words)
            else:
                assert np.array_equal(getattr(one, field.name), getattr(other, field.name))


def test_a_damaged_file_is_named_from_a_worker_too(log: Path) -> None:
    pytest.importorskip("distributed", reason="needs the extra cluster")
    damaged = next(log.rglob("*.parquet"))
    damaged.write_bytes(b"nothing")
    with pytest.raises(ValueError, match=f"{damaged.name}: not a file of the traffic log"):
        read(log, Bins.of(drawn(700, 1)), "local:1")


@pytest.mark.parametrize("wrong", ["local", "local:0", "scheduler:8786", "2"])
def test_what_is_no_cluster_is_refused_in_a_line(wrong: str) -> None:
    with pytest.raises(ValueError, match="no cluster: give tcp://HOST:8786, or local:2"):
        spread_over(wrong).__enter__()
