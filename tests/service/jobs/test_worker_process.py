"""What a worker and a service need before they start."""

import os
from pathlib import Path

import pytest
from typer.testing import CliRunner

from ovoz.cli.main import app
from ovoz.serving.startup.checks import StartError, checked_jobs, read_settings
from tests.service.settings import settings_with


def alone(monkeypatch: pytest.MonkeyPatch, **variables: str) -> None:
    for name in [name for name in os.environ if name.startswith("OVOZ_")]:
        monkeypatch.delenv(name)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)


def test_worker_without_a_folder_is_told_what_it_lacks(monkeypatch: pytest.MonkeyPatch) -> None:
    alone(monkeypatch)
    done = CliRunner().invoke(app, ["worker"])
    assert done.exit_code == 2
    assert "OVOZ_JOBS_DIR" in done.stderr


def test_worker_without_a_model_is_told_so(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    alone(monkeypatch, OVOZ_JOBS_DIR=str(tmp_path), OVOZ_MODEL_ID=str(tmp_path / "none"))
    done = CliRunner().invoke(app, ["worker"])
    assert done.exit_code == 2
    assert "none" in done.stderr


@pytest.mark.parametrize(
    ("variables", "told"),
    [
        ({"OVOZ_JOBS_BROKER_URL": "amqp://x/"}, "OVOZ_JOBS_DIR"),
        ({"OVOZ_JOBS_DIR": "x", "OVOZ_JOBS_BROKER_URL": "redis://x/"}, "OVOZ_JOBS_BROKER_URL"),
        ({"OVOZ_JOBS_DIR": "x", "OVOZ_JOBS_LEASE_S": "0"}, "OVOZ_JOBS_LEASE_S"),
        (
            {
                "OVOZ_JOBS_DIR": "x",
                "OVOZ_JOBS_BROKER_URL": "amqp://x/",
                "OVOZ_JOBS_DATABASE_URL": "sqlite:///x",
            },
            "PostgreSQL",
        ),
    ],
)
def test_settings_without_sense_stop_the_start(monkeypatch, variables, told: str) -> None:
    alone(monkeypatch, **variables)
    with pytest.raises(StartError, match=told):
        read_settings()


def test_folder_that_cannot_be_written_to_stops_the_start(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.touch()
    with pytest.raises(StartError, match="OVOZ_JOBS_DIR"):
        checked_jobs(settings_with(jobs_dir=file / "jobs").jobs)
    checked_jobs(settings_with().jobs)
