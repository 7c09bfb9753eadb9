"""``ovoz reproduce`` on a version of the smoke profile: equal, and with one input changed."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from .test_runs import SMOKE, write_profile

OVOZ = str(Path(sys.executable).with_name("ovoz"))

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]


def reproduce(
    workspace: Path, folder: Path, *options: str, **variables: str
) -> "subprocess.CompletedProcess[str]":
    """Version 1 of a workspace, made again in ``folder``."""
    command = [OVOZ, "reproduce", "1", "--workspace", str(folder), *options]
    environment = os.environ | {"COLUMNS": "200"} | variables
    return subprocess.run(command, cwd=workspace, env=environment, capture_output=True, text=True)


def test_a_version_is_made_again_from_its_tags(done, tmp_path: Path) -> None:
    # A server in the shell is that of the registry that is read, never of what is rebuilt.
    local = f"sqlite:///{done.workspace}/.ovoz/mlflow/mlflow.db"
    again = reproduce(done.workspace, tmp_path / "again", MLFLOW_TRACKING_URI=local)
    assert again.returncode == 0, again.stdout + again.stderr
    assert "the code here is that of the version" in again.stdout
    assert "reproduced: 13 of 13 are equal" in again.stdout
    assert "differ" not in again.stdout.rpartition("registered")[2]
    full = reproduce(done.workspace, tmp_path / "again")
    assert full.returncode == 2
    assert "is not empty: remove it" in full.stderr


@pytest.mark.parametrize(
    ("changes", "variables", "told"),
    [
        ({"training": SMOKE["training"] | {"seed": 2}}, {}, "profile: training.seed 1 → 2"),
        ({}, {"ATEN_CPU_CAPABILITY": "default"}, "torch DEFAULT"),
    ],
    ids=["profile", "processor"],
)
def test_the_input_that_was_changed_is_named(
    done, tmp_path: Path, changes, variables, told
) -> None:
    options = ["--profile", str(write_profile(tmp_path / "changed.yaml", **changes))]
    other = reproduce(done.workspace, tmp_path / "other", *options, **variables)
    assert other.returncode == 1, other.stdout + other.stderr
    end = other.stdout.rpartition("not reproduced: ")[2]
    assert end.startswith("the first that differs is weights of stage clean; inputs that differ:\n")
    (named,) = end.splitlines()[1:]
    assert told in named
