"""A stage with everything that it is trained on and from."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from ovoz.audio.augment import RecordedSounds
from ovoz.corpus.manifest import Utterance
from ovoz.model.checkpoint import Checkpoint
from ovoz.training.config import StageConfig, TrainingConfig


@dataclass(frozen=True, slots=True)
class StageJob:
    """A stage, the rows and the checkpoint that it is trained on and from, and its folder.

    ``recorded`` are the recordings of noise and rooms that it hears, and ``sounds`` is the digest
    of their files.
    """

    stage: StageConfig
    config: TrainingConfig
    rows: Sequence[Utterance]
    root: Path
    folder: Path
    start: Checkpoint
    fingerprint: str
    recorded: RecordedSounds
    sounds: str
