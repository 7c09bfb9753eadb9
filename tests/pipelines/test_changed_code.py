"""A run after a change of code repeats the steps that depend on it."""

import shutil
from pathlib import Path

import pytest

from .test_runs import ROOT, repeated, run

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]


@pytest.fixture
def code(tmp_path: Path) -> Path:
    """A copy of the project, which the test may change."""
    for package in ("ovoz", "steps", "pipelines", "bentos", "configs"):
        hidden = shutil.ignore_patterns("__pycache__")
        shutil.copytree(ROOT / package, tmp_path / "code" / package, ignore=hidden)
    return tmp_path / "code"


def test_changed_evaluation_is_evaluated_again_and_not_trained(done, code) -> None:
    workspace, profile = done.workspace, code / "configs/smoke.yaml"
    first = run(workspace, profile, "training", code)
    assert first.returncode == 0, first.stdout[-3000:] + first.stderr[-3000:]
    assert not {"evaluate_checkpoint", "train_clean"} & repeated(first.stdout)
    with (code / "ovoz/evaluation/long.py").open("a", encoding="utf-8") as source:
        source.write("\nCHANGED = True\n")
    again = run(workspace, profile, "training", code)
    assert again.returncode == 0, again.stdout[-3000:] + again.stderr[-3000:]
    steps = repeated(again.stdout)
    assert {"evaluate_checkpoint", "evaluate_artifact"} <= steps
    assert not {step for step in steps if step.startswith("train_")}
    assert not {"validate", "augment"} & steps
