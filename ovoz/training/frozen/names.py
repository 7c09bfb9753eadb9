"""Names of kept outputs: digests of everything that decides their content."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from ovoz.audio.augment import Noise
from ovoz.code_closure import digest_code, find_code_closure
from ovoz.corpus.manifest import Utterance
from ovoz.model.weight_digest import digest_weights
from ovoz.training.config import StageConfig, TrainingPrecision
from ovoz.training.job import StageJob
from ovoz.training.sounds import Heard

_COMPUTING: Final = "ovoz.training.frozen.compute"


@dataclass(frozen=True, slots=True)
class Source:
    """What an output is computed of: an utterance, what is heard in its place, which copy."""

    utterance: Utterance
    heard: Heard
    copy: int = 0


class OutputNames:
    """Names the output of every source of a stage.

    The name of the stage is no part of it, so that stages with equal distortions share outputs.

    Args:
        job: The stage and its network.
        layers: Number of frozen layers.
        precision: Arithmetic that they are run in.
        utterances: Rows that babble is made of.
    """

    def __init__(
        self,
        job: StageJob,
        layers: int,
        precision: TrainingPrecision,
        utterances: Sequence[Utterance],
    ) -> None:
        network, stage = job.start.network, job.stage
        self._seed = job.config.seed
        self._common = {
            "code": digest_code(find_code_closure(_COMPUTING)),
            "weights": digest_weights(network.lower_parts(layers), str(layers)),
            "features": network.config.features.model_dump(),
            "precision": precision,
        }
        self._distortion = {
            "settings": stage.augment.model_dump(mode="json") if stage.augment else None,
            "recorded": job.sounds,
            "voices": _digest_voices(utterances, stage),
        }

    def name(self, source: Source) -> str:
        """Hex digest of what decides an output."""
        content: dict[str, object] = {
            **self._common,
            "heard": source.heard,
            "clip": source.utterance.sha256,
        }
        if source.heard is not Heard.RECORDING:
            content |= {"seed": self._seed, "copy": source.copy, **self._distortion}
        return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()

    def generator(self, source: Source) -> np.random.Generator:
        """The source of every decision about a distorted copy."""
        clip, kind = int(source.utterance.sha256, 16), list(Heard).index(source.heard)
        return np.random.default_rng([self._seed, source.copy, kind, clip])


def _digest_voices(utterances: Sequence[Utterance], stage: StageConfig) -> str | None:
    """Hex digest of the recordings that babble is made of; None without babble."""
    if stage.augment is None or Noise.BABBLE not in stage.augment.noises:
        return None
    return hashlib.sha256("".join(row.sha256 for row in utterances).encode()).hexdigest()
