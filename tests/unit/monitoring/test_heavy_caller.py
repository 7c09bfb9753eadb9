"""Buckets tell nobody who called; a caller who begins to dominate is seen, usual ones are not."""

import datetime as dt
import shutil
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from ovoz.engine.artifact.storage import read_description
from ovoz.monitoring.actions.finding import list_findings
from ovoz.monitoring.actions.policy import ActionPolicy
from ovoz.monitoring.caller_buckets import BUCKETS, LEAST_DOMINANCE, CallerBuckets, CallerCounts
from ovoz.monitoring.causes import Cause
from ovoz.monitoring.drift import DriftConfig
from ovoz.monitoring.gauges import build_gauges
from ovoz.monitoring.heavy_caller import LEAST_DAYS, find_heavy_days
from ovoz.monitoring.hour_files import FEATURES_SCHEMA, TRAFFIC_SCHEMA
from ovoz.monitoring.page import render_page
from ovoz.monitoring.reference import read_reference, recorded_rows, store_reference
from ovoz.monitoring.report import look_for_drift, read_traffic
from ovoz.monitoring.telling import tell_report

from ...utterances import make_utterance
from .test_reference import row

DAY = dt.date(2026, 3, 1)
NAMES = [f"caller-{number}" for number in range(2_000)]


def test_buckets_of_a_day_say_nothing_of_another_day_or_process() -> None:
    first, second = CallerBuckets(), CallerBuckets()
    today = [first.bucket(name, DAY) for name in NAMES]
    assert today == [first.bucket(name, DAY) for name in NAMES]
    others = [
        [second.bucket(name, DAY) for name in NAMES],
        [first.bucket(name, DAY + dt.timedelta(1)) for name in NAMES],
    ]
    for other in others:
        # Equal by chance alone: 2,000 / 256, give or take.
        assert sum(one == two for one, two in zip(today, other, strict=True)) < 30
    # Whose key is gone is gone: the day before cannot be asked for again.
    assert [first.bucket(name, DAY) for name in NAMES] == others[1]
    assert len(set(today)) > 0.95 * BUCKETS


def counts(callers: np.ndarray, process: str = "p") -> CallerCounts:
    return CallerCounts.of(pa.chunked_array([pa.array(callers, pa.int16())]), process)


def test_dominance_is_the_share_of_who_has_most() -> None:
    random = np.random.default_rng(0)
    many = random.integers(BUCKETS, size=6_000)
    assert counts(many).dominance == pytest.approx(LEAST_DOMINANCE, abs=0.01)
    half = np.where(random.random(6_000) < 0.5, 7, many)
    assert counts(half).dominance == pytest.approx(0.5, abs=0.03)
    assert counts(np.full(100, 3)).dominance == 1.0
    assert counts(many[:19]).dominance is None
    assert counts(np.array([], np.int16)).dominance is None


def test_files_of_a_process_add_up_and_many_processes_change_nothing() -> None:
    random = np.random.default_rng(1)
    rows = np.where(random.random(4_000) < 0.4, 0, random.integers(BUCKETS, size=4_000))
    parts = sum((counts(part) for part in np.split(rows, 8)), CallerCounts())
    assert parts.dominance == counts(rows).dominance
    restarted = sum(
        (counts(random.permutation(BUCKETS)[part], f"p{number}")
         for number, part in enumerate(np.split(rows, 100))),
        CallerCounts(),
    )  # fmt: skip
    assert restarted.dominance == pytest.approx(0.4, abs=0.05)


def test_a_caller_who_begins_to_dominate_is_found_on_that_day_and_stays_found() -> None:
    random = np.random.default_rng(2)
    usual = list(0.1 * np.exp(random.normal(0, 0.1, 30)))
    days = find_heavy_days([*usual[:12], None, *(0.45 for _ in range(17))], 0.005)
    assert [one.day for one in days] == list(range(13, 30))
    assert days[0].usual == pytest.approx(0.1, abs=0.01)
    assert days[0].limit < 0.45
    assert not find_heavy_days(usual, 0.005)
    assert not find_heavy_days([*usual[: LEAST_DAYS - 1], 0.9], 0.005), "too few days before"
    assert not find_heavy_days([1.0] * 30, 0.005), "one caller from the beginning is no change"


@pytest.fixture(scope="module")
def model(artifact: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model with reference statistics of 60 clips."""
    own = Path(shutil.copytree(artifact, tmp_path_factory.mktemp("model") / "artifact"))
    random = np.random.default_rng(1)
    names = [f"u{number}" for number in range(60)]
    utterances = [make_utterance(name, snr_db=random.normal(20, 3)) for name in names]
    store_reference(own, [row(name) for name in names], utterances)
    return own


def write_month(folder: Path, artifact: Path, heavy_since: int) -> None:
    """Twelve days drawn from the test set; then a caller has half of the traffic."""
    random = np.random.default_rng(3)
    pool = recorded_rows(read_reference(artifact)).select(FEATURES_SCHEMA.names)
    version = read_description(artifact).model_version
    for number in range(12):
        table = pool.take(random.integers(pool.num_rows, size=120))
        buckets = random.integers(BUCKETS, size=120)
        if number >= heavy_since:
            buckets = np.where(random.random(120) < 0.5, 9, buckets)
        day = DAY + dt.timedelta(number)
        noon = dt.datetime.combine(day, dt.time(12), dt.UTC)
        facts = {"heard_at": noon, "way": "http", "model_version": version, "processing_ms": 9.0}
        for name, value in facts.items():
            table = table.append_column(name, pa.array([value] * 120))
        table = table.append_column("caller_bucket", pa.array(buckets, pa.int16()))
        hour = folder / f"date={day}" / "hour=12"
        hour.mkdir(parents=True)
        pq.write_table(
            table.select(TRAFFIC_SCHEMA.names).cast(TRAFFIC_SCHEMA), hour / "a-0.parquet"
        )


def test_a_report_names_the_day_and_acts_by_its_own_cause(model: Path, tmp_path: Path) -> None:
    write_month(tmp_path / "traffic", model, heavy_since=9)
    last = DAY + dt.timedelta(11)
    config = DriftConfig(months=60)
    report = look_for_drift(tmp_path / "traffic", model, last=last, days=12, config=config)
    heavy = report.heavy_caller
    assert heavy.days == tuple(DAY + dt.timedelta(number) for number in (9, 10, 11))
    assert heavy.dominance == pytest.approx(0.5, abs=0.12)
    assert report.alarm_days == set(heavy.days)
    assert tell_report(report).endswith("changed: one caller dominates since 2026-03-10")
    page = render_page(report, [])
    assert "Other callers than before." in page
    assert "agree on a limit" in page
    (finding,) = list_findings(report, last)
    assert finding.cause is Cause.CALLERS
    gauges = build_gauges(report, [])
    told = {"model_version": report.model_version}
    assert gauges.get_sample_value("asr_drift_heavy_caller", told) == 1
    policy = ActionPolicy.model_validate(
        {
            "trail": tmp_path / "trail", "actions": [
                {"do": "warn"}, {"do": "train", "profile": "p.yaml"},
                {"do": "collect", "file": "f.yaml"},
            ],
        }
    )  # fmt: skip
    assert [Cause.CALLERS in action.causes for action in policy.actions] == [True, False, False]


def test_a_log_without_buckets_has_no_such_alarm(model: Path, tmp_path: Path) -> None:
    write_month(tmp_path / "traffic", model, heavy_since=9)
    for file in (tmp_path / "traffic").rglob("*.parquet"):
        pq.write_table(pq.ParquetFile(file).read().drop_columns("caller_bucket"), file)
    days = read_traffic(tmp_path / "traffic", model, last=DAY + dt.timedelta(11), days=12)
    assert days.counts[:, 0].sum() == 12 * 120
    assert not [part for part in days.parts if part.callers.dominance is not None]
