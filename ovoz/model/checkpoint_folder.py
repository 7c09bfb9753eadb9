"""Tells a folder with an Ovoz checkpoint. Imports no torch, so that profiles load quickly."""

import json
from pathlib import Path
from typing import Final

CONFIG_FILE: Final = "config.json"


def is_checkpoint(folder: Path) -> bool:
    """Whether a folder holds an Ovoz checkpoint, intact or damaged.

    Checkpoints of transformers have files of the same names, but their configuration has a
    ``model_type``.
    """
    try:
        content = (folder / CONFIG_FILE).read_text(encoding="utf-8")
    except OSError:
        return False
    try:
        config = json.loads(content)
    except json.JSONDecodeError:
        return True
    return isinstance(config, dict) and "model_type" not in config
