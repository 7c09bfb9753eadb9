"""`make repro` on a fresh clone."""

from pathlib import Path

import pytest

from .checkouts import clone, make

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]


def test_a_fresh_clone_brings_its_corpus_and_knows_what_to_run(tmp_path: Path) -> None:
    clone(tmp_path)
    done = make(tmp_path, "repro", "PROFILE=smoke", "OPTIONS=--dry")
    assert done.returncode == 0, done.stdout + done.stderr
    assert (tmp_path / "data" / "manifest.parquet").is_file()
    assert "Running stage 'training'" in done.stdout + done.stderr
