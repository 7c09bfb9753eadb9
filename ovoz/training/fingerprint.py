"""Fingerprints of trained stages: equal data, settings and code give equal fingerprints."""

import hashlib
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from ovoz.code_closure import digest_code, find_code_closure
from ovoz.corpus.manifest import Utterance
from ovoz.corpus.sounds import SoundsConfig, digest_sounds
from ovoz.files import file_sha256
from ovoz.model.checkpoint import WEIGHTS_FILE
from ovoz.model.tokenizer import CharTokenizer
from ovoz.training.config import StageConfig, TrainingConfig

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

_OBSERVING: Final = {"evaluate_every", "dev_utterances"}

_TRAINED_ON: Final = {
    "id",
    "sha256",
    "text",
    "languages",
    "dialect",
    "condition",
    "source",
    "split",
}
"""Fields of a row that decide whether and how it is trained on."""


def stage_fingerprint(
    stage: StageConfig,
    config: TrainingConfig,
    utterances: Sequence[Utterance],
    tokenizer: CharTokenizer,
    init: Path | None,
    sounds: SoundsConfig,
) -> str:
    """Hex digest of everything that decides the final weights of a stage, the code included."""
    # Early stopping lets settings that otherwise only observe decide the weights.
    ignored = _WITHOUT_EFFECT - (_OBSERVING if config.patience else set())
    excluded = dict.fromkeys(ignored, True) | {"freeze": {"cache_gb"}}
    rearranges = stage.rearrange is not None
    fields = _TRAINED_ON | ({"speaker"} if rearranges else set())
    content = {
        "code": digest_code(find_code_closure("ovoz.training.stage")),
        "stage": stage.model_dump(mode="json", exclude=set() if rearranges else {"rearrange"}),
        "config": config.model_dump(mode="json", exclude=excluded),
        "data": [row.model_dump(mode="json", include=fields) for row in utterances],
        "symbols": tokenizer.symbols,
        "sounds": digest_sounds(sounds) if stage.uses_sounds else "",
        "init": _digest_weights(init or Path(config.network.base_model)),
    }
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()


def _digest_weights(checkpoint: Path) -> str | None:
    """Hex digest of the weights in a folder; None for a folder without, or a name on a hub."""
    path = checkpoint / WEIGHTS_FILE
    return file_sha256(path) if path.is_file() else None
