"""Every target of `make help`, run once as a user would, with the smallest profile."""

import re
from pathlib import Path

import pytest

from .checkouts import clone, make

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1500)]

RUN = (
    "run", "process-data", "validate-data", "augment-data", "train", "export-model",
    "optimize-model", "evaluate", "evaluate-all", "promote", "repro", "benchmark-open",
    "benchmark-exports", "dashboards", "manifests", "compose-secrets",
)  # fmt: skip
"""In this order, after one another in one checkout."""
OPTIONS = {"repro": ["OPTIONS=--dry"]}
REFUSED = {
    "segments": "the profile has no long_recordings",
    "splices": "the profile has no splices",
    "pseudo-labels": "the profile has no pseudo_labels",
    "monitoring": "no traffic log here",
    "data-remote": "usage: make data-remote URL=",
    "images": "usage: make images BASE=",
}
"""What the smallest profile has nothing for, and the line that says so."""
ELSEWHERE = {
    "help", "install", "install-dev", "lock", "lint", "format", "test", "test-slow", "test-model",
    "test-orchestrators",  # CI runs these
    "smoke", "train-debug",  # as `run`
    "serve", "serve-debug",  # tests/service/test_serve.py
    "ui", "tensorboard",  # test_ui.py; TensorBoard is another's, on a port of its own
    # Minutes to hours each.
    "benchmark", "benchmark-base", "benchmark-gpu", "benchmark-long", "benchmark-http",
    "benchmark-training", "benchmark-adaptation", "benchmark-streaming",
    "test-images", "terraform-policy", "terraform-arguments",  # what they fetch is large
    "clean",  # last of all here
}  # fmt: skip


def test_targets_do_what_help_says(tmp_path: Path) -> None:
    clone(tmp_path)
    told = re.sub(r"\x1b\[\d*m", "", make(tmp_path, "help").stdout)
    listed = {name for line in told.splitlines() for name in line[2:30].split() if line[:2] == "  "}
    assert listed == {*RUN, *REFUSED, *ELSEWHERE}

    for target in RUN:
        done = make(tmp_path, target, "PROFILE=smoke", *OPTIONS.get(target, []))
        assert done.returncode == 0, f"{target}: {(done.stdout + done.stderr)[-3000:]}"
    for target, reason in REFUSED.items():
        done = make(tmp_path, target, "PROFILE=smoke")
        assert done.returncode == 2
        assert reason in done.stdout + done.stderr
        assert "Traceback" not in done.stdout + done.stderr

    production = tmp_path / ".ovoz" / "registered"
    assert production.exists()
    assert make(tmp_path, "clean", told="n\n").returncode != 0
    assert production.exists()
    assert make(tmp_path, "clean", told="y\n").returncode == 0
    assert not (tmp_path / ".ovoz").exists()
    assert not (tmp_path / "data").exists()
