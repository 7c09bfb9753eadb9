"""A stage in several processes: one a GPU, or one a few cores."""

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Self

from pydantic import BaseModel, ConfigDict

from ovoz.corpus.manifest import read_manifest
from ovoz.model.tokenizer import CharTokenizer
from ovoz.text.pack import load_pack
from ovoz.training.config import TrainingConfig
from ovoz.training.result import StageResult
from ovoz.training.stage import train_stage


class StageJob(BaseModel):
    """All that a process needs to train a stage.

    ``manifest`` lists the utterances, ``root`` is what their audio paths are relative to, and
    ``work_dir`` where stages live. ``init`` is the checkpoint to start from.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    stage: str
    config: TrainingConfig
    manifest: Path
    root: Path
    work_dir: Path
    pack: str
    init: Path | None = None

    @classmethod
    def load(cls, path: Path) -> Self:
        """Read a job from a JSON file."""
        return cls.model_validate_json(path.read_text(encoding="utf-8"))


def run_stage(job: StageJob, environment: Mapping[str, str] | None = None) -> StageResult:
    """Train the stage in as many processes as the configuration asks for.

    ``environment`` is added to that of further processes, such as where a tracker is.

    Raises:
        KeyError: The configuration has no stage of that name.
        RuntimeError: A process of several failed; what it said is on the terminal.
    """
    if job.config.processes == 1 or "WORLD_SIZE" in os.environ:
        return train_here(job)
    job.work_dir.mkdir(parents=True, exist_ok=True)
    path = job.work_dir / f".job-{job.stage}-{os.getpid()}.json"
    path.write_text(job.model_dump_json(indent=1), encoding="utf-8")
    try:
        return _launched(path, job.config.processes, environment or {})
    finally:
        path.unlink(missing_ok=True)
        path.with_suffix(".result").unlink(missing_ok=True)


def train_here(job: StageJob) -> StageResult:
    """Train in this process, which torchrun may have started beside others.

    Raises:
        ValueError: There are more or fewer processes than the configuration says: the batches
            would be other ones.
    """
    world = int(os.environ.get("WORLD_SIZE", "1"))
    if world != job.config.processes:
        raise ValueError(f"{world} processes were started, the profile says {job.config.processes}")
    stages = {stage.name: stage for stage in job.config.stages}
    return train_stage(
        stages[job.stage],
        job.config,
        read_manifest(job.manifest),
        job.root,
        job.work_dir,
        job.init,
        tokenizer=CharTokenizer.of_alphabet(load_pack(job.pack).alphabet),
        report_to=job.config.trackers,
    )


def _launched(job: Path, processes: int, environment: Mapping[str, str]) -> StageResult:
    command = [sys.executable, "-m", "torch.distributed.run", "--standalone"]
    command += ["--nproc-per-node", str(processes), "-m", "ovoz.training", str(job)]
    done = subprocess.run(command, env=os.environ | environment, check=False)  # noqa: S603  (our own module, no shell)
    if done.returncode:
        raise RuntimeError(f"training in {processes} processes ended with {done.returncode}")
    folder = Path(json.loads(job.with_suffix(".result").read_text(encoding="utf-8"))["folder"])
    result = StageResult.load(folder)
    if result is None:
        raise RuntimeError(f"training in {processes} processes left no result in {folder}")
    return result
