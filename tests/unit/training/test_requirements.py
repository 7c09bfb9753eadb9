"""What this machine cannot train with is refused with the key."""

import pytest
import torch

from ovoz.model.config import NetworkConfig
from ovoz.training.config import TrainingConfig
from ovoz.training.requirements import RequirementError, check_requirements


def test_a_plain_configuration_is_accepted() -> None:
    check_requirements(TrainingConfig())
    check_requirements(TrainingConfig(network=NetworkConfig(base_model="openai/whisper-tiny")))


@pytest.mark.skipif(torch.cuda.is_available(), reason="fp16 is for GPUs")
def test_fp16_needs_a_gpu() -> None:
    with pytest.raises(RequirementError, match=r"training.precision: fp16 needs a GPU"):
        check_requirements(TrainingConfig(precision="fp16"))


def test_a_tracker_must_be_installed(monkeypatch) -> None:
    monkeypatch.setattr("ovoz.training.requirements.find_spec", lambda _: None)
    with pytest.raises(RequirementError, match=r"training.trackers: wandb is not installed"):
        check_requirements(TrainingConfig(trackers=("wandb",)))


@pytest.mark.parametrize("base", ["/nowhere", "./nowhere", "nowhere/", "models/nowhere", "a/b/c"])
def test_a_base_folder_must_be_there(tmp_path, monkeypatch, base: str) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "models").mkdir()
    with pytest.raises(RequirementError, match=r"base_model: there is no folder .*"):
        check_requirements(TrainingConfig(network=NetworkConfig(base_model=base)))
