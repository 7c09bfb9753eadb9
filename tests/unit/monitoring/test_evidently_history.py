"""Evidently shows distributions day by day, and our verdicts."""

import datetime as dt
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from ovoz.monitoring.hour_files import TRAFFIC_SCHEMA
from ovoz.monitoring.report import DriftReport
from ovoz.monitoring.traffic_rows import MOST_ROWS, sample_rows

from .test_actions import look
from .test_drift import DAY, drawn


def write_traffic(folder: Path, rows: int, seed: int = 1, version: str = "demo-1") -> None:
    table = drawn(rows, seed)
    table = table.append_column("model_version", [[version] * rows])
    table = table.append_column("way", [["http"] * rows])
    table = table.append_column("processing_ms", [[1.0] * rows])
    table = table.append_column("caller_bucket", [[7] * rows])
    heard = dt.datetime.combine(DAY, dt.time(7), dt.UTC)
    table = table.append_column("heard_at", [[heard] * rows])
    hour = folder / f"date={DAY}" / "hour=07"
    hour.mkdir(parents=True, exist_ok=True)
    pq.write_table(
        table.select(TRAFFIC_SCHEMA.names).cast(TRAFFIC_SCHEMA), hour / f"{seed}-0.parquet"
    )


def test_a_sample_is_of_one_model_and_one_day_and_the_same_each_time(tmp_path: Path) -> None:
    write_traffic(tmp_path, 4_000, seed=1)
    write_traffic(tmp_path, 4_000, seed=2)
    write_traffic(tmp_path, 50, seed=3, version="other")
    first = sample_rows(tmp_path, DAY, "demo-1")
    assert first.num_rows == MOST_ROWS
    assert first.equals(sample_rows(tmp_path, DAY, "demo-1"))
    assert sample_rows(tmp_path, DAY, "other").num_rows == 50
    assert sample_rows(tmp_path, DAY + dt.timedelta(1), "demo-1").num_rows == 0


@pytest.mark.slow  # importing Evidently takes most of it
def test_reports_are_kept_by_day_with_our_verdicts(tmp_path: Path) -> None:
    from evidently.ui.workspace import Workspace

    from ovoz.monitoring.evidently_history import compare_day, keep_report

    def kept(report: DriftReport, seed: int) -> int:
        snapshot = compare_day(report, drawn(300, seed), drawn(300, 1))
        assert "snr_db" in snapshot.get_html_str(as_iframe=False)
        return keep_report(tmp_path / "evidently", "demo", snapshot)

    assert kept(look(11, {10, 11}), 2) == 1
    assert kept(look(12, {10, 11, 12}), 3) == 2
    assert kept(look(12, {10, 11, 12}), 4) == 2, "a look twice is a look once"
    workspace = Workspace(str(tmp_path / "evidently"))
    (project,) = workspace.list_projects()
    runs = [workspace.get_run(project.id, run) for run in workspace.list_runs(project.id)]
    assert sorted(run.name for run in runs) == ["2026-03-12", "2026-03-13"]
    (panels,) = [tab.panels for tab in workspace.get_dashboard(project.id).tabs]
    assert len(panels) == 17
