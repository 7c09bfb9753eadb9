"""A stage learns, resumes to the same weights, and is trained only once."""

import subprocess
from pathlib import Path

import numpy as np
import pytest
import soundfile
import torch
from safetensors.torch import load_file
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from transformers import TrainerCallback

from ovoz.audio.augment import AugmentConfig
from ovoz.corpus.manifest import Split, Utterance, write_manifest
from ovoz.corpus.sounds import SoundsConfig
from ovoz.model.checkpoint import load_checkpoint
from ovoz.model.config import HeadKind
from ovoz.model.features import LogMel
from ovoz.model.initialization import initialize_network
from ovoz.model.tokenizer import CharTokenizer
from ovoz.training.config import FreezeConfig, SpecAugmentConfig, StageConfig, TrainingConfig
from ovoz.training.sounds import make_non_speech
from ovoz.training.stage import can_learn, sample_dev, train_stage

from .processes import kill_when, start_training

STAGE = StageConfig(name="clean", steps=10, spec_augment=SpecAugmentConfig(warp=0.05))
Corpus = tuple[Path, list[Utterance]]


class Stop(TrainerCallback):
    """Fails like a kill: without finishing the step."""

    def __init__(self, step: int) -> None:
        self.step = step
        self.seen: list[int] = []

    def on_step_end(self, args, state, control, **_) -> None:
        self.seen.append(state.global_step)
        if state.global_step == self.step:
            raise KeyboardInterrupt


def weights(folder: Path) -> dict[str, torch.Tensor]:
    return load_file(folder / "model.safetensors")


def same(left: dict[str, torch.Tensor], right: dict[str, torch.Tensor]) -> bool:
    return all(torch.equal(left[name], right[name]) for name in left)


def with_head(config: TrainingConfig, head: str) -> TrainingConfig:
    network = config.network.model_copy(update={"head": HeadKind(head)})
    return config.model_copy(update={"network": network})


@pytest.mark.parametrize("head", HeadKind)
def test_loss_falls_on_four_utterances(
    corpus: Corpus, tokenizer: CharTokenizer, config: TrainingConfig, tmp_path: Path, head: HeadKind
) -> None:
    root, rows = corpus
    train = [one for one in rows if one.split is Split.TRAIN][:4]
    dev = [one.model_copy(update={"split": Split.DEV}) for one in train]
    stage = StageConfig(
        name="overfit", steps=240, learning_rate=5e-3, final_share=0, spec_augment=None
    )
    few = with_head(config, head).model_copy(update={"evaluate_every": 120})
    result = train_stage(stage, few, [*train, *dev], root, tmp_path, None, tokenizer=tokenizer)
    losses = [point.loss for point in result.curve if point.loss is not None]
    # Label smoothing keeps the loss of the attention head from falling to nothing.
    assert losses[-1] < (0.2 if head is HeadKind.CTC else 0.5) * losses[0]
    assert [point.step for point in result.curve if point.dev_cer is not None] == [120, 240]
    assert result.curve[-1].dev_cer < 0.1
    assert 0 <= result.data_wait_share < 1


@pytest.mark.parametrize("head", ["ctc", "hybrid"])
def test_stopped_and_resumed_ends_the_same(
    corpus: Corpus, tokenizer: CharTokenizer, config: TrainingConfig, tmp_path: Path, head: str
) -> None:
    root, rows = corpus
    config = with_head(config, head)
    whole = train_stage(STAGE, config, rows, root, tmp_path / "a", None, tokenizer=tokenizer)
    stop, again = Stop(5), Stop(-1)
    with pytest.raises(KeyboardInterrupt):
        train_stage(
            STAGE, config, rows, root, tmp_path / "b", None, tokenizer=tokenizer, callbacks=[stop]
        )
    resumed = train_stage(
        STAGE, config, rows, root, tmp_path / "b", None, tokenizer=tokenizer, callbacks=[again]
    )
    assert again.seen == [4, 5, 6, 7, 8, 9, 10]  # from the checkpoint at step 3
    assert same(weights(whole.checkpoint), weights(resumed.checkpoint))
    assert [p.loss for p in whole.curve] == [p.loss for p in resumed.curve]


@pytest.mark.parametrize(
    ("file", "damage"),
    [
        ("model.safetensors", lambda content: content[:-7]),
        ("optimizer.pt", lambda content: content[:99] + b"\1" + content[100:]),
        ("trainer_state.json", None),
    ],
)
def test_a_damaged_checkpoint_is_named_and_the_one_before_it_used(
    corpus: Corpus, tokenizer, config: TrainingConfig, tmp_path, caplog, file: str, damage
) -> None:
    root, rows = corpus
    with pytest.raises(KeyboardInterrupt):
        train_stage(
            STAGE, config, rows, root, tmp_path, None, tokenizer=tokenizer, callbacks=[Stop(7)]
        )
    (last,) = tmp_path.glob("*/trainer/checkpoint-6")
    if damage is None:
        (last / file).unlink()
    else:
        (last / file).write_bytes(damage((last / file).read_bytes()))
    again = Stop(-1)
    train_stage(STAGE, config, rows, root, tmp_path, None, tokenizer=tokenizer, callbacks=[again])
    assert again.seen[0] == 4  # from the checkpoint at step 3
    assert f"checkpoint-6/{file} is damaged: the stage continues from an older one" in caplog.text


def test_without_a_whole_checkpoint_the_stage_starts_anew(
    corpus: Corpus, tokenizer, config: TrainingConfig, tmp_path
) -> None:
    root, rows = corpus
    where = (rows, root, tmp_path, None)
    with pytest.raises(KeyboardInterrupt):
        train_stage(STAGE, config, *where, tokenizer=tokenizer, callbacks=[Stop(7)])
    for checkpoint in tmp_path.glob("*/trainer/checkpoint-*"):
        (checkpoint / "scheduler.pt").write_bytes(b"\0")
    again = Stop(-1)
    train_stage(STAGE, config, *where, tokenizer=tokenizer, callbacks=[again])
    assert again.seen[0] == 1


def test_a_stage_whose_weights_are_gone_is_trained_again(
    corpus: Corpus, tokenizer, config: TrainingConfig, tmp_path, caplog
) -> None:
    root, rows = corpus
    where = (rows, root, tmp_path, None)
    first = train_stage(STAGE, config, *where, tokenizer=tokenizer)
    before = weights(first.checkpoint)
    (first.checkpoint / "model.safetensors").unlink()
    again = train_stage(STAGE, config, *where, tokenizer=tokenizer)
    assert "the weights of the stage are gone" in caplog.text
    assert same(before, weights(again.checkpoint))


def test_tensorboard_shows_a_stage_after_its_end(
    corpus: Corpus, tokenizer, config: TrainingConfig, tmp_path
) -> None:
    root, rows = corpus
    result = train_stage(
        STAGE, config, rows, root, tmp_path, None, tokenizer=tokenizer, report_to=["tensorboard"]
    )
    (events,) = result.checkpoint.parent.rglob("events.out.tfevents.*")
    shown = EventAccumulator(str(events.parent)).Reload()
    assert len(shown.Scalars("train/loss")) == STAGE.steps


def test_finished_stage_returns_at_once_and_other_settings_train_anew(
    corpus: Corpus, tokenizer: CharTokenizer, config: TrainingConfig, tmp_path: Path
) -> None:
    root, rows = corpus
    first = train_stage(STAGE, config, rows, root, tmp_path, None, tokenizer=tokenizer)
    never = Stop(-1)
    args = (rows, root, tmp_path, None)
    again = train_stage(STAGE, config, *args, tokenizer=tokenizer, callbacks=[never])
    assert again == first
    assert never.seen == []
    assert not (first.checkpoint.parent / "trainer").exists()
    other = config.model_copy(update={"seed": 2})
    assert train_stage(STAGE, other, *args, tokenizer=tokenizer).checkpoint != first.checkpoint


def test_the_next_stage_starts_from_the_one_before(
    corpus: Corpus, config: TrainingConfig, tokenizer: CharTokenizer, tmp_path: Path
) -> None:
    root, rows = corpus
    first = train_stage(STAGE, config, rows, root, tmp_path, None, tokenizer=tokenizer)
    still = StageConfig(name="still", steps=1, learning_rate=1e-12)
    second = train_stage(still, config, rows, root, tmp_path, first.checkpoint)
    before, after = weights(first.checkpoint), weights(second.checkpoint)
    assert all(torch.allclose(before[name], after[name], atol=1e-6) for name in before)
    assert load_checkpoint(second.checkpoint).tokenizer == tokenizer


def test_frozen_layers_stay_and_the_others_learn(
    corpus: Corpus, config: TrainingConfig, tokenizer: CharTokenizer, tmp_path: Path
) -> None:
    root, rows = corpus
    first = train_stage(STAGE, config, rows, root, tmp_path, None, tokenizer=tokenizer)
    frozen = config.model_copy(update={"freeze": FreezeConfig(layers=1)})
    second = train_stage(STAGE, frozen, rows, root, tmp_path, first.checkpoint)
    before, after = weights(first.checkpoint), weights(second.checkpoint)
    lower = [name for name in before if name.startswith(("encoder.conv", "encoder.layers.0."))]
    assert lower
    assert all(torch.equal(before[name], after[name]) for name in lower)
    assert not torch.equal(before["head.weight"], after["head.weight"])
    assert not torch.equal(before["encoder.layer_norm.weight"], after["encoder.layer_norm.weight"])


def test_more_frozen_layers_than_there_are_is_an_error(
    corpus: Corpus, config: TrainingConfig, tokenizer: CharTokenizer, tmp_path: Path
) -> None:
    root, rows = corpus
    frozen = config.model_copy(update={"freeze": FreezeConfig(layers=99)})
    with pytest.raises(ValueError, match="99 layers"):
        train_stage(STAGE, frozen, rows, root, tmp_path, None, tokenizer=tokenizer)


def test_needs_a_start_and_a_dev_split(
    corpus: Corpus, tokenizer: CharTokenizer, config: TrainingConfig, tmp_path: Path
) -> None:
    root, rows = corpus
    with pytest.raises(ValueError, match="tokenizer"):
        train_stage(STAGE, config, rows, root, tmp_path, None)
    train = [one for one in rows if one.split is Split.TRAIN]
    with pytest.raises(ValueError, match="dev"):
        train_stage(STAGE, config, train, root, tmp_path, None, tokenizer=tokenizer)


def test_rows_that_ctc_cannot_align_are_left_out_and_named(
    corpus: Corpus, tokenizer: CharTokenizer, config: TrainingConfig, tmp_path: Path
) -> None:
    root, rows = corpus
    fast = rows[0].model_copy(update={"id": "fast", "text": "ab" * 200})
    strange = rows[0].model_copy(update={"id": "strange", "text": "xyz"})
    start = initialize_network(config.network, tokenizer)
    assert not can_learn(start, fast)
    assert can_learn(start, rows[0])
    result = train_stage(
        STAGE, config, [*rows, fast, strange], root, tmp_path, None, tokenizer=tokenizer
    )
    assert result.dropped == ("fast", "strange")


def test_texts_longer_than_the_attention_head_writes_are_left_out(
    corpus: Corpus, tokenizer: CharTokenizer, config: TrainingConfig
) -> None:
    row = corpus[1][0]
    network = with_head(config, "attention").network
    start = initialize_network(network, tokenizer)
    assert can_learn(start, row)
    assert not can_learn(start, row.model_copy(update={"text": "ab " * 200}))


def test_recordings_of_noise_are_trained_on_and_in_the_fingerprint(
    corpus: Corpus, tokenizer: CharTokenizer, config: TrainingConfig, tmp_path: Path
) -> None:
    root, rows = corpus
    for seed in range(3):
        hiss = np.random.default_rng(seed).normal(0, 0.1, 8_000)
        soundfile.write(tmp_path / f"{seed}.wav", hiss, 16_000)
    sounds = SoundsConfig(noise=(tmp_path,))
    augmented = AugmentConfig(noise_share=1.0, recorded_noise_share=1.0)
    noisy = StageConfig(name="noisy", steps=3, noise_share=0.2, augment=augmented)
    plain = StageConfig(name="plain", steps=3)
    where = (config, rows, root, tmp_path / "work", None)
    results = [
        train_stage(stage, *where, tokenizer=tokenizer, sounds=given)
        for stage in (noisy, plain)
        for given in (SoundsConfig(), sounds)
    ]
    without, recorded, clean, still_clean = (result.fingerprint for result in results)
    assert without != recorded
    assert clean == still_clean  # a stage that distorts nothing hears no recordings
    losses = [results[place].curve[-1].loss for place in (0, 1)]
    assert losses[0] != losses[1]
    soundfile.write(tmp_path / "2.wav", np.random.default_rng(7).normal(0, 0.1, 8_000), 16_000)
    again = train_stage(noisy, *where, tokenizer=tokenizer, sounds=sounds)
    assert again.fingerprint != recorded


@pytest.mark.parametrize("head", HeadKind)
def test_noise_in_training_teaches_to_write_nothing(
    corpus: Corpus, tokenizer: CharTokenizer, config: TrainingConfig, tmp_path: Path, head: HeadKind
) -> None:
    root, rows = corpus
    stage = StageConfig(name="mostly-noise", steps=60, learning_rate=5e-3, noise_share=0.5)
    result = train_stage(
        stage, with_head(config, head), rows, root, tmp_path, None, tokenizer=tokenizer
    )
    trained = load_checkpoint(result.checkpoint)
    rng = np.random.default_rng(5)
    noise = [make_non_speech(16_000, rng) for _ in range(8)]
    log_mel = LogMel(trained.network.config.features)
    written = 0
    with torch.inference_mode():
        for one in noise:
            features = torch.from_numpy(log_mel(one))[None]
            hidden, lengths = trained.network.encode(features, torch.tensor([features.shape[-1]]))
            if trained.network.head is not None:
                written += len(
                    tokenizer.collapse(trained.network.ctc_log_probs(hidden)[0].argmax(-1).tolist())
                )
            else:
                written += len(
                    trained.network.attention.generate(hidden, lengths, trained.tokens)[0]
                )
    assert written <= 2


def test_dev_sample_is_spread_and_stable(corpus: Corpus) -> None:
    rows = corpus[1]
    chosen = sample_dev(rows, 3)
    assert sample_dev(list(reversed(rows)), 3) == chosen
    assert len({one.languages for one in chosen}) > 1


@pytest.mark.slow
def test_killed_process_resumes_to_the_same_weights(
    corpus: Corpus, tokenizer: CharTokenizer, config: TrainingConfig, tmp_path: Path
) -> None:
    """Each in a fresh process: rounding follows the threads in use, which other tests may set."""
    root, rows = corpus
    write_manifest(rows, root / "m.parquet")
    stage = StageConfig(name="clean", steps=200)
    config = config.model_copy(update={"checkpoint_every": 20})

    def training(work: Path) -> subprocess.Popen[bytes]:
        return start_training(root, work, stage, config, tokenizer)

    assert training(tmp_path / "a").wait(300) == 0
    work = tmp_path / "b"
    kill_when(training(work), lambda: list(work.glob("*/trainer/checkpoint-*")))
    assert not list((tmp_path / "b").glob("*/result.json")), "killed too late to prove anything"
    assert training(tmp_path / "b").wait(300) == 0
    (whole,), (resumed,) = (list((tmp_path / one).glob("*/checkpoint")) for one in "ab")
    assert same(weights(whole), weights(resumed))
