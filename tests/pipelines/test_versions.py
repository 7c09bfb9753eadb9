"""DVC records the stage that ran, and no other."""

import shutil
from pathlib import Path

import pytest
from dvc.repo import Repo

from pipelines.versions import record_stage

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """What ``dvc.yaml`` names, with outputs that are recorded as those of the code as it is."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DVC_NO_ANALYTICS", "1")
    Repo.init(".", no_scm=True).close()
    shutil.copytree(ROOT / "configs", "configs")
    for name in ("dvc.yaml", "params.yaml"):
        shutil.copy(ROOT / name, name)
    for folder in ("data", "ovoz", "steps", "pipelines", "bentos", "metrics"):
        Path(folder).mkdir()
        Path(folder, "file.txt").write_text(folder, "utf-8")
    for name in ("scores.json", "promotion.json", "curve.csv"):
        Path("metrics", name).write_text("step,dev_cer\n" if name == "curve.csv" else "{}", "utf-8")
    for pipeline in ("training", "promotion"):
        record_stage(pipeline, tmp_path / "configs/demo.yaml")
    assert changed() == set()
    return tmp_path


def changed() -> set[str]:
    with Repo(".") as repository:
        return set(repository.status())


@pytest.mark.parametrize(
    ("ran", "profile", "left"),
    [
        ("ingestion", "demo", {"training", "promotion"}),
        ("data", "demo", {"training", "promotion"}),
        ("training", "smoke", {"training", "promotion"}),
        ("promotion", "smoke", {"training", "promotion"}),
        ("training", "demo", {"promotion"}),
        ("promotion", "demo", {"training"}),
    ],
)
def test_only_what_ran_is_recorded(checkout: Path, ran, profile, left) -> None:
    Path("ovoz/file.txt").write_text("changed", "utf-8")
    Path("bentos/file.txt").write_text("changed", "utf-8")
    before = Path("dvc.lock").read_bytes()
    assert changed() == {"training", "promotion"}
    record_stage(ran, checkout / f"configs/{profile}.yaml")
    assert changed() == left
    assert (Path("dvc.lock").read_bytes() == before) is (len(left) == 2)


def test_without_stages_nothing_is_written(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    record_stage("training", tmp_path / "demo.yaml")
    assert not list(tmp_path.iterdir())
