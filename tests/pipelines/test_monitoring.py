"""The pipeline `monitoring`: from the log of traffic to pages, a history and actions."""

import datetime as dt
import json
import subprocess
from pathlib import Path

import pytest
import yaml

from ovoz.engine.artifact.storage import read_description
from ovoz.monitoring.reference import read_reference

from .simulated_traffic import SEGMENTS, write_days
from .test_runs import SMOKE, run

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]

FIRST = dt.date(2026, 3, 1)
DAYS = 12
CHANGED = 6


@pytest.fixture(scope="module")
def log(done, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Twelve days of what production heard, from the seventh on over the telephone."""
    artifact = done.workspace / ".ovoz/registered"
    reference, version = read_reference(artifact), read_description(artifact).model_version
    folder = tmp_path_factory.mktemp("traffic")
    write_days(folder, reference, version, FIRST, CHANGED)
    changed = FIRST + dt.timedelta(CHANGED)
    write_days(folder, reference, version, changed, DAYS - CHANGED, telephone=True)
    return folder


def look(
    done, log: Path, folder: Path, last: int, **settings: object
) -> subprocess.CompletedProcess[str]:
    monitoring = {
        "traffic": str(log), "last": FIRST + dt.timedelta(last - 1), "days": last, **settings,
    }  # fmt: skip
    profile = folder / "profile.yaml"
    profile.write_text(yaml.safe_dump(SMOKE | {"monitoring": monitoring}), "utf-8")
    return run(done.workspace, profile, "monitoring")


def test_a_change_is_reported_kept_and_acted_upon(done, log: Path, tmp_path: Path) -> None:
    from evidently.ui.workspace import Workspace

    trail = tmp_path / "trail.jsonl"
    policy = tmp_path / "policy.yaml"
    policy.write_text(yaml.safe_dump({"trail": str(trail), "actions": [{"do": "warn"}]}), "utf-8")
    settings = {"policy": str(policy), "gauges": str(tmp_path / "gauges" / "ovoz.prom")}
    page = done.workspace / "reports/drift.html"

    calm = look(done, log, tmp_path, CHANGED, **settings)
    assert calm.returncode == 0, calm.stdout + calm.stderr
    assert f"{CHANGED * SEGMENTS} segments" in calm.stdout
    assert "nothing has changed" in calm.stdout
    assert not trail.exists()

    changed = look(done, log, tmp_path, DAYS, **settings)
    assert changed.returncode == 0, changed.stdout + changed.stderr
    assert "bandwidth by" in changed.stdout
    assert "warn: warned" in changed.stdout
    assert "bandwidth" in page.read_text("utf-8")
    assert "asr_drift_columns" in (tmp_path / "gauges" / "ovoz.prom").read_text("utf-8")
    kinds = [json.loads(line)["kind"] for line in trail.read_text("utf-8").splitlines()]
    assert kinds == ["raised", "begun", "done"]
    workspace = Workspace(str(done.workspace / ".ovoz/evidently"))
    (project,) = workspace.list_projects()
    assert project.name == "ovoz-smoke"
    assert len(workspace.list_runs(project.id)) == 2


def test_an_action_that_fails_fails_the_run_after_the_report(
    done, log: Path, tmp_path: Path
) -> None:
    policy = tmp_path / "policy.yaml"
    hook = {"do": "webhook", "url_env": "UNSET_ADDRESS"}
    given = {"trail": str(tmp_path / "trail.jsonl"), "actions": [hook]}
    policy.write_text(yaml.safe_dump(given), "utf-8")
    failed = look(done, log, tmp_path, DAYS, policy=str(policy))
    assert failed.returncode == 1
    assert "UNSET_ADDRESS is not set in the environment" in failed.stdout
    assert "Traceback" not in failed.stdout + failed.stderr


def test_without_a_log_the_reason_is_one_line(done, tmp_path: Path) -> None:
    refused = look(done, tmp_path / "none", tmp_path, 3)
    assert refused.returncode == 1
    assert "no traffic log here: set OVOZ_TRAFFIC_DIR of the service" in refused.stdout
