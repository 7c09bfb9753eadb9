"""Names of finished work: the same inputs give the same name, anything else another."""

import hashlib
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from ovoz.corpus.manifest import Utterance
from ovoz.model.checkpoint import WEIGHTS_FILE
from ovoz.model.tokenizer import CharTokenizer
from ovoz.training.config import StageConfig, TrainingConfig

_RECIPE: Final = 1
"""Raise it when the same configuration begins to train something else."""

_WITHOUT_EFFECT: Final = {
    "stages",
    "workers",
    "cache_mb",
    "log_every",
    "evaluate_every",
    "checkpoint_every",
    "keep_checkpoints",
    "dev_utterances",
}
"""Settings that change no weight."""


def stage_fingerprint(
    stage: StageConfig,
    config: TrainingConfig,
    utterances: Sequence[Utterance],
    tokenizer: CharTokenizer,
    init: Path | None,
) -> str:
    """Hex digest of all that decides the weights a stage ends with."""
    weights = None
    if init is not None:
        with (init / WEIGHTS_FILE).open("rb") as file:
            weights = hashlib.file_digest(file, "sha256").hexdigest()
    content = {
        "recipe": _RECIPE,
        "stage": stage.model_dump(mode="json"),
        "config": config.model_dump(mode="json", exclude=_WITHOUT_EFFECT),
        "data": [[one.id, one.sha256, one.text, one.languages] for one in utterances],
        "symbols": tokenizer.symbols,
        "init": weights,
    }
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()
