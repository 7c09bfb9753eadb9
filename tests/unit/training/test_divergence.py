"""A stage that diverges stops at once, says where, and leaves no result."""

from pathlib import Path

import pytest
import torch
from transformers import TrainerCallback

from ovoz.corpus.manifest import Utterance
from ovoz.model.config import HeadKind
from ovoz.training.config import SpecAugmentConfig, StageConfig, TrainingConfig
from ovoz.training.divergence import DivergenceError
from ovoz.training.stage import train_stage

Corpus = tuple[Path, list[Utterance]]


def diverge(stage, config, corpus, tokenizer, folder, *callbacks) -> str:
    root, rows = corpus
    with pytest.raises(DivergenceError) as caught:
        train_stage(
            stage, config, rows, root, folder, None, tokenizer=tokenizer, callbacks=callbacks
        )
    assert not list(folder.rglob("result.json"))
    assert not list(folder.glob("*/checkpoint"))
    return str(caught.value)


class Steps(TrainerCallback):
    """Counts steps; after the third, one weight is what an overflow leaves."""

    def __init__(self, weight: float | None = None) -> None:
        self.weight = weight
        self.seen = 0

    def on_pre_optimizer_step(self, args, state, control, *, model, **_) -> None:
        self.seen += 1
        if self.seen == 3 and self.weight is not None:
            with torch.no_grad():
                model.network.encoder.layers[0].fc1.weight[0, 0] = self.weight


@pytest.mark.parametrize("head", HeadKind)
@pytest.mark.parametrize("accumulate", [1, 2])
def test_it_ends_within_ten_steps_with_its_name(
    corpus: Corpus, tokenizer, config: TrainingConfig, tmp_path, head, accumulate
) -> None:
    network = config.network.model_copy(update={"head": head})
    config = config.model_copy(update={"network": network, "accumulate": accumulate})
    stage = StageConfig(
        name="too-fast", steps=200, learning_rate=1e30, spec_augment=SpecAugmentConfig()
    )
    steps = Steps()
    message = diverge(stage, config, corpus, tokenizer, tmp_path, steps)
    assert steps.seen <= 10
    assert message.startswith("stage 'too-fast' diverges: ")
    assert f"at step {steps.seen}" in message or f"at step {steps.seen + 1}" in message
    assert "at a learning rate of 1e+30" in message or "e+29" in message


@pytest.mark.parametrize("weight", [float("nan"), float("inf"), -float("inf")])
def test_a_weight_that_is_not_finite_is_never_saved(
    corpus: Corpus, tokenizer, config: TrainingConfig, tmp_path, weight
) -> None:
    every = config.model_copy(update={"checkpoint_every": 1})
    stage = StageConfig(name="clean", steps=6, warmup_share=0.0)
    message = diverge(stage, every, corpus, tokenizer, tmp_path, Steps(weight))
    assert "a weight is not finite at step 3, at a learning rate of 0.002:" in message
    (folder,) = tmp_path.glob("*/trainer")
    assert sorted(one.name for one in folder.glob("checkpoint-*")) == [
        "checkpoint-1",
        "checkpoint-2",
    ]


def test_a_loss_that_is_not_finite_is_told_as_such(
    corpus: Corpus, tokenizer, config: TrainingConfig, tmp_path, monkeypatch
) -> None:
    """With fp16 the scaler skips such a step, and the weights stay as they are."""
    from ovoz.training import trainer

    real = trainer.Trainer.training_step

    def overflow(self, *args, **kwargs) -> torch.Tensor:
        loss = real(self, *args, **kwargs)
        return loss * (float("inf") if self.state.global_step == 1 else 1.0)

    monkeypatch.setattr(trainer.Trainer, "training_step", overflow)
    stage = StageConfig(name="clean", steps=6)
    message = diverge(stage, config, corpus, tokenizer, tmp_path)
    assert "the loss is inf at step 2" in message
