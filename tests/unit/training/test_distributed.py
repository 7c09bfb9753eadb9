"""Several processes train as one process with the same global batch does."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

from ovoz.corpus.dataset import Dataset
from ovoz.corpus.manifest import write_manifest
from ovoz.training.config import StageConfig
from ovoz.training.distributed import StageSpec, run_stage, train_in_process

STAGE = StageConfig(name="few", steps=8, learning_rate=5e-3, warmup_share=0.25)


@pytest.fixture
def job(corpus, config, tmp_path) -> StageSpec:
    root, rows = corpus
    manifest = tmp_path / "manifest.parquet"
    write_manifest(rows, manifest)
    settings = config.model_copy(update={"stages": (STAGE,), "trackers": (), "checkpoint_every": 4})
    return StageSpec(
        stage="few", config=settings, dataset=Dataset(manifest=manifest, root=root),
        work_dir=tmp_path / "work", pack="uz-ru",
    )  # fmt: skip


def with_config(job: StageSpec, work: Path, **changes: object) -> StageSpec:
    config = job.config.model_copy(update=changes)
    return job.model_copy(update={"config": config, "work_dir": work})


@pytest.mark.slow
def test_two_processes_follow_the_curve_of_one(job, tmp_path) -> None:
    """Loss and weights within 1e-4: gradients are summed in another order, nothing else differs."""
    alone = run_stage(with_config(job, tmp_path / "alone", accumulate=2))
    together = run_stage(with_config(job, tmp_path / "together", processes=2))
    assert together.steps == alone.steps == 8
    dev = [[p.dev_loss for p in one.curve if p.dev_loss is not None] for one in (alone, together)]
    assert dev[0] == pytest.approx(dev[1], abs=1e-4)
    loss = [[p.loss for p in one.curve if p.loss is not None] for one in (alone, together)]
    assert len(loss[0]) == len(loss[1]) == 8
    assert loss[0] == pytest.approx(loss[1], abs=1e-4)
    one, two = (load_file(x.checkpoint / "model.safetensors") for x in (alone, together))
    assert all(torch.allclose(one[name], two[name], atol=1e-4) for name in one)
    assert not list(job.work_dir.glob(".job-*"))


@pytest.mark.slow
def test_a_process_that_fails_fails_the_stage(job, tmp_path) -> None:
    broken = with_config(job, tmp_path / "broken", processes=2)
    broken = broken.model_copy(update={"init": tmp_path / "nowhere"})
    with pytest.raises(RuntimeError, match="2 processes"):
        run_stage(broken)


def test_the_fingerprint_is_known_before_the_training(job, tmp_path) -> None:
    first = run_stage(job)
    assert job.fingerprint() == first.fingerprint
    following = job.model_copy(update={"init": first.checkpoint})
    assert following.fingerprint() not in ("", first.fingerprint)
    assert run_stage(following).fingerprint == following.fingerprint()
    faster = STAGE.model_copy(update={"learning_rate": 2e-3})
    assert with_config(job, tmp_path, stages=(faster,)).fingerprint() != job.fingerprint()


def test_another_number_of_processes_is_refused(job, tmp_path) -> None:
    with pytest.raises(ValueError, match="the profile says 2"):
        train_in_process(with_config(job, tmp_path, processes=2))


def test_the_module_trains_a_specification_file(job, tmp_path) -> None:
    path = tmp_path / "job.json"
    path.write_text(job.model_dump_json(), "utf-8")
    assert StageSpec.load(path) == job
    done = subprocess.run(
        [sys.executable, "-m", "ovoz.training", str(path)], capture_output=True, check=False
    )
    assert done.returncode == 0, done.stderr.decode()
    folder = Path(json.loads(path.with_suffix(".result").read_text("utf-8"))["folder"])
    assert (folder / "checkpoint" / "model.safetensors").is_file()
