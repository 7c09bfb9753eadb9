"""A command whose packages are missing says in one line what to install."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]

WITHOUT = """
import runpy, sys

class Missing:
    def find_spec(self, name, path=None, target=None):
        if {name, name.partition(".")[0]} & missing:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)

missing = set(sys.argv[1].split(","))
sys.meta_path.insert(0, Missing())
if sys.argv[2] == "ovoz":
    sys.argv = sys.argv[2:]
    from ovoz.cli.main import main
    main()
else:
    sys.argv = sys.argv[2:]
    runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)
"""


def run_without(missing: str, *command: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """A command where some modules cannot be imported."""
    return subprocess.run(
        [sys.executable, "-c", WITHOUT, missing, *command],
        env={"PYTHONPATH": str(ROOT), "COLUMNS": "200"},
        cwd=folder,
        capture_output=True,
        text=True,
    )


SERVE = "bentoml,cashews,fastapi,mlflow,sqlalchemy,starlette"


@pytest.mark.parametrize(
    ("missing", "command", "extra"),
    [
        (SERVE, ["ovoz", "serve"], "serve"),
        (SERVE, ["ovoz", "worker"], "serve"),
        (SERVE, ["ovoz", "models"], "serve"),
        ("zenml", ["pipelines", "data", "--profile", "none.yaml"], "pipelines"),
    ],
)
def test_the_extra_is_named_in_one_line(tmp_path, missing, command, extra) -> None:
    done = run_without(missing, *command, folder=tmp_path)
    assert done.returncode == 2, done.stderr
    assert f"pip install 'ovoz[{extra}]'" in done.stderr
    assert len(done.stderr.splitlines()) == 1


@pytest.mark.parametrize("command", [["ovoz", "--help"], ["ovoz", "keys", "create", "--help"]])
def test_help_needs_no_extra(tmp_path, command) -> None:
    done = run_without(f"{SERVE},torch,zenml,dvc,grimp,transformers", *command, folder=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "Usage" in done.stdout


def test_a_module_of_ours_that_is_missing_is_a_fault(tmp_path) -> None:
    command = ["ovoz", "transcribe", "none.wav", "--model", "none"]
    done = run_without("ovoz.engine", *command, folder=tmp_path)
    assert done.returncode == 1
    assert "ovoz.engine" in done.stderr
    assert "pip install" not in done.stderr
