"""Changed code is told by the keys of the steps that use it, and by DVC for both stages."""

from pathlib import Path

import pytest

from benchmarks.closure_matrix import STAGES, STEPS, Checkout, draw_files, find_faults_of_keys
from pipelines.versions import record_stage

from .test_step_caching import CACHED

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Checkout:
    """A checkout whose stages are recorded as those of its code."""
    made = Checkout.make(tmp_path / "checkout")
    monkeypatch.chdir(made.folder)
    (made.folder / "data").mkdir()
    for name in ("scores.json", "promotion.json", "curve.csv"):
        (file := made.folder / "metrics" / name).parent.mkdir(exist_ok=True)
        file.write_text("step,dev_cer\n" if name == "curve.csv" else "{}", "utf-8")
    for stage in STAGES:
        record_stage(stage, made.folder / "configs/smoke.yaml")
    return made


def test_drawn_files(checkout: Checkout) -> None:
    assert set(STEPS) == set(CACHED)
    base = checkout.ask()
    assert not base.changed & STAGES
    for file in draw_files(base, 4, seed=1):
        assert list(find_faults_of_keys(checkout, file, base)) == [], file
    assert checkout.ask() == base
