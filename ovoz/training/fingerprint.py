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
    "trackers",
}
"""Settings that change no weight."""

_WATCHING: Final = {"evaluate_every", "dev_utterances"}

_SEEN: Final = {
    "id",
    "sha256",
    "text",
    "languages",
    "dialect",
    "condition",
    "source",
    "split",
}
"""What of a row decides whether and how it is trained on."""


def stage_fingerprint(
    stage: StageConfig,
    config: TrainingConfig,
    utterances: Sequence[Utterance],
    tokenizer: CharTokenizer,
    init: Path | None,
) -> str:
    """Hex digest of all that decides the weights a stage ends with."""
    # Early stopping makes weights of what otherwise only watches.
    ignored = _WITHOUT_EFFECT - (_WATCHING if config.patience else set())
    content = {
        "recipe": _RECIPE,
        "stage": stage.model_dump(mode="json"),
        "config": config.model_dump(mode="json", exclude=ignored),
        "data": [one.model_dump(mode="json", include=_SEEN) for one in utterances],
        "symbols": tokenizer.symbols,
        "init": _digest(init or Path(config.network.base_model)),
    }
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()


def _digest(checkpoint: Path) -> str | None:
    """Of the weights in a folder; None where there is none, as for a name on a hub."""
    path = checkpoint / WEIGHTS_FILE
    if not path.is_file():
        return None
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
