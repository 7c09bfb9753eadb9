"""Outputs of frozen layers: computed once, kept within a limit, and trained on as if anew."""

import os
import subprocess
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file
from transformers import TrainerCallback, WhisperConfig, WhisperForConditionalGeneration

from ovoz.audio.augment import AugmentConfig
from ovoz.corpus.manifest import Split, Utterance, write_manifest
from ovoz.model.config import BottleneckConfig, HeadKind, NetworkConfig
from ovoz.model.initialization import initialize_network
from ovoz.model.tokenizer import CharTokenizer
from ovoz.training.audio_cache import AudioCache
from ovoz.training.config import FreezeConfig, StageConfig, TrainingConfig
from ovoz.training.dataset import TrainingExample, collate
from ovoz.training.frozen import compute
from ovoz.training.frozen.compute import LowerLayers
from ovoz.training.frozen.store import CacheLimitError, OutputStore
from ovoz.training.objective import Objective
from ovoz.training.stage import train_stage
from ovoz.training.targets import TargetEncoder

from ...whisper_folder import whisper_tokenizer
from .processes import kill_when, start_training

Corpus = tuple[Path, list[Utterance]]
CLEAN = StageConfig(name="clean", steps=12, learning_rate=1e-3, spec_augment=None)
FIELD = StageConfig(name="field", steps=12, augment=AugmentConfig(), noise_share=0.1)


@pytest.fixture
def config(config: TrainingConfig) -> TrainingConfig:
    """Three layers, of which two are frozen."""
    network = config.network.model_copy(update={"layers": 3})
    return config.model_copy(update={"network": network, "freeze": FreezeConfig(layers=2)})


def keeping(config: TrainingConfig, **freeze: float) -> TrainingConfig:
    return config.model_copy(update={"freeze": FreezeConfig(layers=2, **freeze)})


def kept(folder: Path) -> list[Path]:
    return sorted((folder / "frozen-outputs").rglob("*.npy"))


def weights(folder: Path) -> dict[str, torch.Tensor]:
    return load_file(folder / "model.safetensors")


@pytest.fixture
def computed(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Lengths of the signals that the frozen layers were run over in this process."""
    lengths: list[int] = []
    run = LowerLayers.__call__

    def counted(self: LowerLayers, features: np.ndarray) -> np.ndarray:
        lengths.append(features.shape[1])
        return run(self, features)

    monkeypatch.setattr(LowerLayers, "__call__", counted)
    return lengths


def test_loss_and_gradients_are_those_of_the_whole_network(
    corpus: Corpus, config: TrainingConfig, tokenizer: CharTokenizer
) -> None:
    root, rows = corpus
    torch.manual_seed(1)
    start = initialize_network(config.network, tokenizer)
    start.network.freeze_lower(2)
    cache = AudioCache(root, start.network.config.features, 100)
    lower = LowerLayers(start.network, 2, config.precision)
    features = [cache.clean_features(row) for row in rows[:5]]
    targets = [TargetEncoder.of(start).encode(row.text) for row in rows[:5]]

    def step(inputs: list[np.ndarray], frozen: int) -> tuple[float, dict[str, torch.Tensor]]:
        start.network.zero_grad()
        batch = collate(
            [TrainingExample(one, *two) for one, two in zip(inputs, targets, strict=True)]
        )
        loss = Objective(start.network, start.prompt, 0.3, frozen)(**batch)["loss"]
        loss.backward()
        named = start.network.named_parameters()
        return loss.item(), {n: p.grad.clone() for n, p in named if p.grad is not None}

    whole, whole_gradients = step(features, 0)
    from_kept, gradients = step([lower(one).astype(np.float32) for one in features], 2)
    # Padded and alone, the frozen layers round differently, and float16 keeps eleven bits.
    assert from_kept == pytest.approx(whole, rel=1e-3)
    assert set(gradients) == set(whole_gradients)
    assert {"encoder.layers.2.fc1.weight", "head.weight"} <= set(gradients)
    assert not any(name.startswith(("encoder.conv", "encoder.layers.0.")) for name in gradients)
    for name, gradient in gradients.items():
        largest = float(whole_gradients[name].abs().max())
        torch.testing.assert_close(gradient, whole_gradients[name], rtol=0, atol=5e-3 * largest)


def test_a_stage_ends_as_without_kept_outputs(
    corpus: Corpus, config: TrainingConfig, tokenizer: CharTokenizer, tmp_path: Path
) -> None:
    root, rows = corpus
    with_cache = train_stage(CLEAN, config, rows, root, tmp_path, None, tokenizer=tokenizer)
    plain = keeping(config, copies=0)
    without = train_stage(CLEAN, plain, rows, root, tmp_path, None, tokenizer=tokenizer)
    assert [point.loss for point in with_cache.curve if point.loss] == pytest.approx(
        [point.loss for point in without.curve if point.loss], rel=1e-2
    )
    whole = weights(with_cache.checkpoint)
    assert set(whole) == set(weights(without.checkpoint))
    assert with_cache.curve[-1].dev_loss == pytest.approx(without.curve[-1].dev_loss, rel=2e-2)


def test_both_heads_of_a_whisper_checkpoint_learn_from_kept_outputs(
    corpus: Corpus, config: TrainingConfig, tokenizer: CharTokenizer, tmp_path: Path, computed
) -> None:
    root, rows = corpus
    whisper = WhisperForConditionalGeneration(
        WhisperConfig(
            vocab_size=51865, d_model=32, encoder_layers=3, decoder_layers=1,
            encoder_attention_heads=2, decoder_attention_heads=2, encoder_ffn_dim=64,
            decoder_ffn_dim=64,
        )
    )  # fmt: skip
    whisper.save_pretrained(tmp_path / "base")
    whisper_tokenizer().save_pretrained(tmp_path / "base")
    network = NetworkConfig(base_model=str(tmp_path / "base"), head=HeadKind.HYBRID)
    both = config.model_copy(update={"network": network})
    done = train_stage(CLEAN, both, rows, root, tmp_path, None, tokenizer=tokenizer)
    assert len(computed) == len(rows)
    after, before = weights(done.checkpoint), whisper.state_dict()
    for name in ("encoder.layers.1.fc1.weight", "encoder.conv2.weight"):
        assert torch.equal(after[name], before[f"model.{name}"])
    for name in ("encoder.layers.2.fc1.weight", "decoder.layers.0.encoder_attn.k_proj.weight"):
        ours = name if name.startswith("encoder") else f"attention.{name}"
        assert not torch.equal(after[ours], before[f"model.{name}"])


def test_outputs_are_computed_once_for_all_stages(
    corpus: Corpus, config: TrainingConfig, tokenizer: CharTokenizer, tmp_path: Path, computed
) -> None:
    root, rows = corpus
    first = train_stage(CLEAN, config, rows, root, tmp_path, None, tokenizer=tokenizer)
    assert len(computed) == len(rows) == len(kept(tmp_path))
    computed.clear()
    again = CLEAN.model_copy(update={"name": "again"})
    train_stage(again, config, rows, root, tmp_path, first.checkpoint)
    assert computed == []
    other = rows[0].model_copy(update={"sha256": "f" * 64})
    train_stage(again, config, [other, *rows[1:]], root, tmp_path, first.checkpoint)
    assert len(computed) == 1


def test_each_copy_has_its_own_distortions_and_stages_share_them(
    corpus: Corpus, config: TrainingConfig, tokenizer: CharTokenizer, tmp_path: Path, computed
) -> None:
    root, rows = corpus
    train = [row for row in rows if row.split is Split.TRAIN]
    stage = FIELD.model_copy(
        update={"steps": None, "epochs": 6, "augment_share": 1.0, "noise_share": 0}
    )
    config = keeping(config, copies=3)
    first = train_stage(stage, config, rows, root, tmp_path, None, tokenizer=tokenizer)
    dev = len(rows) - len(train)
    assert len(computed) == 3 * len(train) + dev
    contents = {path.read_bytes() for path in kept(tmp_path)}
    assert len(contents) == len(computed)
    computed.clear()
    later = stage.model_copy(update={"name": "later"})
    train_stage(later, config, rows, root, tmp_path, first.checkpoint)
    assert computed == []
    louder = stage.model_copy(update={"augment": AugmentConfig(snr_db=(0, 5))})
    train_stage(louder, config, rows, root, tmp_path, first.checkpoint)
    assert len(computed) == 3 * len(train)


def test_several_processes_compute_what_one_does(
    corpus: Corpus, config: TrainingConfig, tokenizer: CharTokenizer, tmp_path: Path, monkeypatch
) -> None:
    root, rows = corpus
    train_stage(FIELD, config, rows, root, tmp_path / "one", None, tokenizer=tokenizer)
    monkeypatch.setattr("ovoz.training.frozen.prepare._WORTH_PROCESSES_S", 0.0)
    train_stage(FIELD, config, rows, root, tmp_path / "two", None, tokenizer=tokenizer)
    one, two = kept(tmp_path / "one"), kept(tmp_path / "two")
    assert [path.name for path in one] == [path.name for path in two]
    assert [path.read_bytes() for path in one] == [path.read_bytes() for path in two]


@pytest.mark.slow
def test_stopped_while_computing_and_in_the_stage_ends_the_same(
    corpus: Corpus,
    config: TrainingConfig,
    tokenizer: CharTokenizer,
    tmp_path: Path,
    computed,
    monkeypatch,
) -> None:
    root, rows = corpus
    where = (FIELD, config, rows, root)
    whole = train_stage(*where, tmp_path / "a", None, tokenizer=tokenizer)
    all_of_them = len(computed)
    computed.clear()

    class Killed(KeyboardInterrupt):
        """Nothing catches it."""

    save = OutputStore.save

    def save_five(self: OutputStore, name: str, output: np.ndarray) -> None:
        if len(kept(tmp_path / "b")) == 5:
            raise Killed
        save(self, name, output)

    with monkeypatch.context() as patched, pytest.raises(Killed):
        patched.setattr(OutputStore, "save", save_five)
        train_stage(*where, tmp_path / "b", None, tokenizer=tokenizer)
    assert len(kept(tmp_path / "b")) == 5
    computed.clear()
    for stop in (5, 8):
        with pytest.raises(Killed):
            train_stage(
                *where, tmp_path / "b", None, tokenizer=tokenizer, callbacks=[_Stop(stop, Killed)]
            )
    assert len(computed) == all_of_them - 5
    resumed = train_stage(*where, tmp_path / "b", None, tokenizer=tokenizer)
    assert len(computed) == all_of_them - 5
    left, right = weights(whole.checkpoint), weights(resumed.checkpoint)
    assert all(torch.equal(left[name], right[name]) for name in left)


class _Stop(TrainerCallback):
    def __init__(self, step: int, error: type[BaseException]) -> None:
        self._step = step
        self._error = error

    def on_step_end(self, args, state, control, **_) -> None:
        if state.global_step == self._step:
            raise self._error


def test_too_small_a_limit_is_an_error_before_anything_is_computed(
    corpus: Corpus, config: TrainingConfig, tokenizer: CharTokenizer, tmp_path: Path, computed
) -> None:
    root, rows = corpus
    small = keeping(config, cache_gb=1e-6)
    with pytest.raises(CacheLimitError, match=r"need 0\.0 GB, and cache_gb is 1e-06: raise it"):
        train_stage(CLEAN, small, rows, root, tmp_path, None, tokenizer=tokenizer)
    assert computed == []


def test_outputs_that_no_longer_fit_are_removed_the_longest_unused_first(tmp_path: Path) -> None:
    store = OutputStore(tmp_path)
    for place, name in enumerate(["aaa", "bbb", "ccc"]):
        store.save(name, np.zeros((100, 5), np.float16))
        (path,) = [
            one
            for one in tmp_path.rglob("*.npy")
            if one.stem == name[2:] and one.parent.name == name[:2]
        ]
        os.utime(path, (place, place))
    size = store.size(["aaa"])
    store.make_room(["aaa"], missing=size, limit_gb=3.5 * size / 1e9)
    assert [name in store for name in ("aaa", "bbb", "ccc")] == [True, False, True]
    np.testing.assert_array_equal(store.load("aaa"), np.zeros((100, 5)))


def test_a_limit_on_disk_changes_no_result(
    corpus: Corpus, config: TrainingConfig, tokenizer: CharTokenizer, tmp_path: Path
) -> None:
    root, rows = corpus
    where = (rows, root, tmp_path, None)
    first = train_stage(CLEAN, config, *where, tokenizer=tokenizer)
    roomy = keeping(config, cache_gb=30)
    assert train_stage(CLEAN, roomy, *where, tokenizer=tokenizer) == first
    more = keeping(config, copies=2)
    assert train_stage(CLEAN, more, *where, tokenizer=tokenizer).fingerprint != first.fingerprint


def test_a_bottleneck_behind_a_frozen_layer_is_frozen_too(
    corpus: Corpus, config: TrainingConfig, tokenizer: CharTokenizer, tmp_path: Path
) -> None:
    root, rows = corpus
    base = train_stage(CLEAN, config, rows, root, tmp_path, None, tokenizer=tokenizer).checkpoint
    network = config.network.model_copy(
        update={"base_model": str(base), "adapter": BottleneckConfig(dim=4, train_base=True)}
    )
    adapted = config.model_copy(update={"network": network})
    done = train_stage(FIELD, adapted, rows, root, tmp_path, None, tokenizer=tokenizer)
    after = weights(done.checkpoint)
    ups = [float(after[f"adapters.{layer}.up.weight"].abs().sum()) for layer in range(3)]
    assert ups[:2] == [0.0, 0.0]
    assert ups[2] > 0


# So short a corpus would be computed by the training itself.
IN_PROCESSES = """
from ovoz.training.frozen import prepare
prepare._WORTH_PROCESSES_S = 0.0
"""


@pytest.mark.slow
def test_a_process_killed_while_it_computes_and_twice_in_the_stage_ends_the_same(
    corpus: Corpus, config: TrainingConfig, tokenizer: CharTokenizer, tmp_path: Path
) -> None:
    root, rows = corpus
    write_manifest(rows, root / "m.parquet")
    stage = FIELD.model_copy(update={"steps": 60})
    config = config.model_copy(
        update={"checkpoint_every": 10, "freeze": FreezeConfig(layers=2, copies=9)}
    )

    def training(work: Path) -> subprocess.Popen[bytes]:
        return start_training(root, work, stage, config, tokenizer, setup=IN_PROCESSES)

    assert training(tmp_path / "a").wait(300) == 0
    work = tmp_path / "b"
    kill_when(training(work), lambda: len(kept(work)) >= 10)
    early = {path: path.stat().st_ctime_ns for path in kept(work)}
    assert len(early) < len(kept(tmp_path / "a")), "killed too late to prove anything"
    inodes = {path: path.stat().st_ino for path in early}
    for number in (20, 40):
        kill_when(training(work), lambda n=number: list(work.glob(f"*/trainer/checkpoint-{n}")))
    assert training(work).wait(300) == 0
    # A file that is written again is another file.
    assert {path: path.stat().st_ino for path in early} == inodes
    assert [path.read_bytes() for path in kept(work)] == [
        path.read_bytes() for path in kept(tmp_path / "a")
    ]
    (whole,), (resumed,) = (list((tmp_path / one).glob("*/checkpoint")) for one in "ab")
    left, right = weights(whole), weights(resumed)
    assert all(torch.equal(left[name], right[name]) for name in left)


def test_half_precision_holds_large_outputs(
    config: TrainingConfig, tokenizer: CharTokenizer
) -> None:
    network = initialize_network(config.network, tokenizer).network
    with torch.no_grad():
        network.encoder.layers[0].fc2.bias.fill_(1e6)
    lower = compute.LowerLayers(network, 2, config.precision)
    assert np.isfinite(lower(np.zeros((80, 30), np.float32))).all()
