"""Epochs, accumulation, early stopping and adapters, on a corpus of tones."""

import pytest
import torch
from pydantic import ValidationError
from safetensors.torch import load_file

from ovoz.audio.augment import AugmentConfig
from ovoz.model.checkpoint import load_checkpoint
from ovoz.model.config import BottleneckConfig, NetworkConfig
from ovoz.training.batches import plan_batches
from ovoz.training.config import StageConfig
from ovoz.training.selection import Selection
from ovoz.training.stage import train_stage


def test_epochs_are_whole_passes_and_a_part() -> None:
    frames = [100] * 40
    one = plan_batches(frames, [1.0] * 40, None, 500, 0, epochs=1)
    assert len(one) == 8
    two_and_a_half = plan_batches(frames, [1.0] * 40, None, 500, 0, epochs=2.5)
    assert len(two_and_a_half) == 20
    assert two_and_a_half[:8] == one
    with pytest.raises(ValueError, match="number of batches"):
        plan_batches(frames, [1.0] * 40, None, 500, 0)


def test_shortest_first_sorts_the_first_pass_only() -> None:
    frames = list(range(50, 250))
    plan = plan_batches(frames, [1.0] * 200, None, 1600, 0, epochs=2, shortest_first=True)
    longest = [max(frames[draw.index] for draw in batch) for batch in plan]
    first = sum(batch[0].epoch == 0 for batch in plan)
    assert longest[:first] == sorted(longest[:first])
    assert longest[first:] != sorted(longest[first:])


@pytest.mark.parametrize("length", [{}, {"steps": 3, "epochs": 1.0}])
def test_a_stage_lasts_steps_or_epochs(length) -> None:
    with pytest.raises(ValidationError, match="either steps or epochs"):
        StageConfig(name="x", **length)


def test_accumulated_batches_make_one_step(corpus, tokenizer, config, tmp_path) -> None:
    root, rows = corpus
    stage = StageConfig(name="epochs", epochs=4)
    settings = config.model_copy(update={"accumulate": 2})
    result = train_stage(stage, settings, rows, root, tmp_path, None, tokenizer=tokenizer)
    plain = train_stage(stage, config, rows, root, tmp_path, None, tokenizer=tokenizer)
    assert result.steps == plain.steps // 2


def test_a_stage_that_draws_nothing_is_refused(corpus, tokenizer, config, tmp_path) -> None:
    root, rows = corpus
    stage = StageConfig(name="none", steps=2, select=Selection(sources=("usc",)))
    with pytest.raises(ValueError, match="weight 0"):
        train_stage(stage, config, rows, root, tmp_path, None, tokenizer=tokenizer)


def test_early_stopping_leaves_the_best_weights(corpus, tokenizer, config, tmp_path) -> None:
    root, rows = corpus
    settings = config.model_copy(update={"patience": 2, "evaluate_every": 10})
    # So high a rate that it forgets what it learned.
    stage = StageConfig(name="wild", steps=400, learning_rate=0.05, spec_augment=None)
    result = train_stage(stage, settings, rows, root, tmp_path, None, tokenizer=tokenizer)
    rates = [point.dev_cer for point in result.curve if point.dev_cer is not None]
    assert result.steps < 400
    assert len(rates) - 1 - rates.index(min(rates)) == 2
    assert not (result.checkpoint.parent / "best").exists()
    still = StageConfig(name="still", steps=1, learning_rate=1e-12, spec_augment=None)
    watched = config.model_copy(update={"evaluate_every": 1})
    after = train_stage(still, watched, rows, root, tmp_path / "still", result.checkpoint)
    assert after.curve[-1].dev_cer == pytest.approx(min(rates))


def test_lower_layers_learn_more_slowly_and_the_head_faster(
    corpus, tokenizer, config, tmp_path
) -> None:
    root, rows = corpus
    shape = NetworkConfig(d_model=32, layers=3, heads=2, hop=160)
    start = train_stage(
        StageConfig(name="start", steps=1, learning_rate=1e-12),
        config.model_copy(update={"network": shape}),
        rows, root, tmp_path, None, tokenizer=tokenizer,
    )  # fmt: skip
    settings = config.model_copy(update={"layer_decay": 0.1, "head_rate": 3.0, "weight_decay": 0.0})
    stage = StageConfig(name="one", steps=1, warmup_share=0.0, learning_rate=1e-2)
    after = train_stage(stage, settings, rows, root, tmp_path, start.checkpoint)
    old, new = (load_file(x.checkpoint / "model.safetensors") for x in (start, after))

    def moved(name: str) -> float:
        return float((new[name] - old[name]).abs().median())

    # AdamW's first step has the size of the learning rate, whatever the gradient.
    assert moved("head.weight") == pytest.approx(3e-2, rel=0.05)
    assert moved("encoder.layers.2.fc1.weight") == pytest.approx(1e-3, rel=0.05)
    assert moved("encoder.layers.0.fc1.weight") == pytest.approx(1e-5, rel=0.05)
    assert moved("encoder.conv1.weight") == pytest.approx(1e-6, rel=0.1)


def test_recomputed_activations_change_no_weight(corpus, tokenizer, config, tmp_path) -> None:
    root, rows = corpus
    stage = StageConfig(name="few", steps=3)
    settings = config.model_copy(update={"checkpoint_layers": True})
    results = [
        train_stage(stage, one, rows, root, tmp_path / str(n), None, tokenizer=tokenizer)
        for n, one in enumerate((config, settings))
    ]
    plain, again = (load_file(one.checkpoint / "model.safetensors") for one in results)
    assert all(torch.allclose(plain[name], again[name], atol=1e-6) for name in plain)


@pytest.mark.slow
def test_a_process_that_loads_ahead_changes_no_weight(corpus, tokenizer, config, tmp_path) -> None:
    root, rows = corpus
    stage = StageConfig(name="few", steps=3, augment=AugmentConfig())
    results = [
        train_stage(
            stage, config.model_copy(update={"workers": workers}), rows, root,
            tmp_path / str(workers), None, tokenizer=tokenizer,
        )
        for workers in (0, 1)
    ]  # fmt: skip
    alone, ahead = ((one.checkpoint / "model.safetensors").read_bytes() for one in results)
    assert alone == ahead


def test_an_adapter_goes_through_two_stages_on_a_frozen_base(
    corpus, tokenizer, config, tmp_path
) -> None:
    root, rows = corpus
    base = train_stage(
        StageConfig(name="base", steps=2), config, rows, root, tmp_path, None, tokenizer=tokenizer
    )
    network = NetworkConfig(base_model=str(base.checkpoint), adapter=BottleneckConfig(dim=4))
    settings = config.model_copy(update={"network": network})
    stages = [StageConfig(name=name, steps=3) for name in ("one", "two")]
    one = train_stage(stages[0], settings, rows, root, tmp_path, None, tokenizer=tokenizer)
    two = train_stage(stages[1], settings, rows, root, tmp_path, one.checkpoint)
    loaded = load_checkpoint(two.checkpoint).network
    assert loaded.config.adapter == network.adapter
    old = load_file(base.checkpoint / "model.safetensors")
    new = load_file(two.checkpoint / "model.safetensors")
    assert all(torch.equal(old[name], new[name]) for name in old if name.startswith("encoder."))
    assert new["adapters.0.up.weight"].abs().sum() > 0
