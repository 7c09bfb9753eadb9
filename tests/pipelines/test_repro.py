"""`make repro` on a fresh clone."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from .test_runs import ROOT

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]


def test_a_fresh_clone_brings_its_corpus_and_knows_what_to_run(tmp_path: Path) -> None:
    listed = ["git", "ls-files", "-z"]
    names = subprocess.run(listed, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    for name in names.split("\0")[:-1]:
        (file := tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(ROOT / name, file)
    subprocess.run(["git", "init", "--quiet"], cwd=tmp_path, check=True)
    (tmp_path / ".venv").symlink_to(sys.prefix)
    # What is installed is taken as it is: the environment is that of the tests.
    command = ["make", "--assume-old", ".venv/.installed", "repro", "PROFILE=smoke"]
    done = subprocess.run([*command, "OPTIONS=--dry"], cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    assert (tmp_path / "data" / "manifest.parquet").is_file()
    assert "Running stage 'training'" in done.stdout + done.stderr
