"""What a training needs of the machine that it runs on."""

from importlib.util import find_spec
from pathlib import Path

import torch

from ovoz.model.config import SCRATCH
from ovoz.training.config import TrainingConfig, TrainingPrecision


class RequirementError(ValueError):
    """Settings that cannot be trained with here; the message is one line with the key."""


def check_requirements(config: TrainingConfig) -> None:
    """Refuse settings that this machine cannot train with, before anything runs.

    Raises:
        RequirementError: fp16 without a GPU, a tracker that is not installed, or a folder of a
            base model that is not there.
    """
    if config.precision is TrainingPrecision.FP16 and not torch.cuda.is_available():
        raise RequirementError(
            "training.precision: fp16 needs a GPU, and there is none: take auto, bf16 or fp32"
        )
    for tracker in config.trackers:
        if find_spec(tracker) is None:
            raise RequirementError(
                f"training.trackers: {tracker} is not installed: pip install {tracker}, or leave"
                " it out"
            )
    if config.network.base_model != SCRATCH:
        check_base_model("training.network.base_model", config.network.base_model)


def check_base_model(key: str, base: str) -> None:
    """Refuse a checkpoint named by a path where there is nothing.

    Raises:
        RequirementError: There is no such folder; the message has the ``key``.
    """
    if _is_path(base) and not Path(base).is_dir():
        raise RequirementError(f"{key}: there is no folder {base}")


def _is_path(base: str) -> bool:
    """Whether it can be no name on a hub, which is NAME or OWNER/NAME."""
    parent = Path(base).parent
    return (
        base.startswith(("/", ".", "~"))
        or base.count("/") > 1
        or base.endswith("/")
        or (parent != Path() and parent.is_dir())
    )
