"""Distributed training of a stage: one process per GPU, or several on CPUs."""

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Self

from pydantic import BaseModel, ConfigDict

from ovoz.corpus.dataset import Dataset
from ovoz.corpus.sounds import SoundsConfig
from ovoz.files import write_text
from ovoz.model.checkpoint import TOKENIZER_FILE
from ovoz.model.tokenizer import CharTokenizer
from ovoz.text.pack import load_pack
from ovoz.training.config import StageConfig, TrainingConfig
from ovoz.training.fingerprint import stage_fingerprint
from ovoz.training.selection import select_trained
from ovoz.training.stage import train_stage
from ovoz.training.stage_result import StageResult


class StageSpec(BaseModel):
    """Everything a process needs to train a stage, as JSON.

    Attributes:
        stage: Name of a stage in ``config``.
        config: Settings of all stages.
        dataset: The utterances to train on.
        work_dir: Folder of the stages.
        pack: Name of the language pack.
        sounds: Recordings of noise and rooms.
        sounds_dir: Folder of the decoded ones; by default below ``work_dir``.
        init: Checkpoint to start from; None for a new network.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    stage: str
    config: TrainingConfig
    dataset: Dataset
    work_dir: Path
    pack: str
    sounds: SoundsConfig = SoundsConfig()
    sounds_dir: Path | None = None
    init: Path | None = None

    def find_stage(self) -> StageConfig:
        """The settings of the stage.

        Raises:
            KeyError: The configuration has no stage of that name.
        """
        return {stage.name: stage for stage in self.config.stages}[self.stage]

    def load_tokenizer(self) -> CharTokenizer:
        """The tokenizer of the checkpoint to start from, or of a new network."""
        if self.init is not None:
            return CharTokenizer.load(self.init / TOKENIZER_FILE)
        return CharTokenizer.from_alphabet(load_pack(self.pack).alphabet)

    def fingerprint(self) -> str:
        """The fingerprint that the result will have, known before it is trained."""
        rows = select_trained(self.dataset.rows())
        stage, tokenizer = self.find_stage(), self.load_tokenizer()
        return stage_fingerprint(stage, self.config, rows, tokenizer, self.init, self.sounds)

    @classmethod
    def load(cls, path: Path) -> Self:
        """Read a specification from a JSON file."""
        return cls.model_validate_json(path.read_text(encoding="utf-8"))


def run_stage(spec: StageSpec, environment: Mapping[str, str] | None = None) -> StageResult:
    """Train the stage in as many processes as the configuration says.

    ``environment`` is added to that of the processes, such as the address of a tracker.

    Raises:
        KeyError: The configuration has no stage of that name.
        RuntimeError: One of several processes failed; its output is on the terminal.
    """
    if spec.config.processes == 1 or "WORLD_SIZE" in os.environ:
        return train_in_process(spec)
    path = spec.work_dir / f".{spec.stage}-{os.getpid()}.json"
    write_text(path, spec.model_dump_json(indent=1))
    try:
        return _launch(path, spec.config.processes, environment or {})
    finally:
        path.unlink(missing_ok=True)
        path.with_suffix(".result").unlink(missing_ok=True)


def train_in_process(spec: StageSpec) -> StageResult:
    """Train in this process, which torchrun may have started beside others.

    Raises:
        ValueError: The number of processes is not that of the configuration, so that the batches
            would differ.
    """
    world = int(os.environ.get("WORLD_SIZE", "1"))
    if world != spec.config.processes:
        raise ValueError(
            f"{world} processes were started, the profile says {spec.config.processes}"
        )
    return train_stage(
        spec.find_stage(),
        spec.config,
        spec.dataset.rows(),
        spec.dataset.root,
        spec.work_dir,
        spec.init,
        tokenizer=spec.load_tokenizer(),
        report_to=spec.config.trackers,
        sounds=spec.sounds,
        sounds_dir=spec.sounds_dir,
    )


def _launch(spec: Path, processes: int, environment: Mapping[str, str]) -> StageResult:
    command = [sys.executable, "-m", "torch.distributed.run", "--standalone"]
    command += ["--nproc-per-node", str(processes), "-m", "ovoz.training", str(spec)]
    done = subprocess.run(command, env=os.environ | environment, check=False)  # noqa: S603  (our own module, no shell)
    if done.returncode:
        raise RuntimeError(f"training in {processes} processes ended with {done.returncode}")
    folder = Path(json.loads(spec.with_suffix(".result").read_text(encoding="utf-8"))["folder"])
    result = StageResult.load(folder)
    if result is None:
        raise RuntimeError(f"training in {processes} processes left no result in {folder}")
    return result
