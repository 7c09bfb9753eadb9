"""The schedules of the look at traffic: valid, and they run a command that exists."""

import configparser
import re
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml
from typer.testing import CliRunner

from pipelines.__main__ import app

from .programs import DEPLOY

SCHEDULES = DEPLOY / "schedules"
COMMAND = re.compile(r"-m pipelines (.+)")


def unit(name: str) -> configparser.ConfigParser:
    read = configparser.ConfigParser(interpolation=None, strict=True, delimiters="=")
    read.optionxform = str  # type: ignore[assignment,method-assign]
    read.read_string((SCHEDULES / name).read_text("utf-8"))
    return read


def job() -> dict:
    return yaml.safe_load((SCHEDULES / "cronjob.yaml").read_text("utf-8"))


def container() -> dict:
    (found,) = job()["spec"]["jobTemplate"]["spec"]["template"]["spec"]["containers"]
    return found


def commands() -> list[str]:
    texts = [
        unit("ovoz-monitoring.service")["Service"]["ExecStart"],
        (SCHEDULES / "ovoz-monitoring.cron").read_text("utf-8"),
        " ".join(container()["command"] + container()["args"]),
    ]
    return [COMMAND.search(text)[1] for text in texts]


@pytest.mark.parametrize("given", commands())
def test_what_is_scheduled_is_a_command(given: str) -> None:
    # With `--help` the options are read and nothing runs.
    shown = CliRunner().invoke(app, [*given.split(), "--help"])
    assert shown.exit_code == 0, shown.output


def test_all_of_them_begin_at_the_same_time() -> None:
    cron = (SCHEDULES / "ovoz-monitoring.cron").read_text("utf-8")
    assert job()["spec"]["schedule"] == "15 2 * * *"
    assert "\n15 2 * * * ovoz " in cron
    assert unit("ovoz-monitoring.timer")["Timer"]["OnCalendar"] == "*-*-* 02:15:00 UTC"


def test_systemd_accepts_the_units(tmp_path: Path) -> None:
    if shutil.which("systemd-analyze") is None:
        pytest.skip("no systemd here")
    for file in SCHEDULES.glob("ovoz-monitoring.*[er]"):
        text = file.read_text("utf-8").replace("/opt/ovoz/.venv/bin/python", "/bin/true")
        (tmp_path / file.name).write_text(text.replace("User=ovoz\n", ""), "utf-8")
    units = sorted(str(file) for file in tmp_path.iterdir())
    told = subprocess.run(["systemd-analyze", "verify", *units], capture_output=True, text=True)
    assert told.returncode == 0, told.stderr


def test_kubernetes_accepts_the_job() -> None:
    validate = pytest.importorskip("kubernetes_validate", reason="needs the extra deploy")
    validate.validate(job(), "1.32", strict=True)
    pod = job()["spec"]["jobTemplate"]["spec"]["template"]["spec"]
    assert {one["name"] for one in container()["volumeMounts"]} == {
        one["name"] for one in pod["volumes"]
    }
