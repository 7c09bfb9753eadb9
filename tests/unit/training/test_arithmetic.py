"""A stage keeps the arithmetic it was started in, and asks the hardware for it."""

from pathlib import Path

import pytest
import torch
from transformers import TrainerCallback

from ovoz.corpus.manifest import Utterance
from ovoz.model.tokenizer import CharTokenizer
from ovoz.training import arithmetic
from ovoz.training.arithmetic import Arithmetic, ArithmeticMismatchError, has_bf16
from ovoz.training.config import StageConfig, TrainingConfig, TrainingPrecision
from ovoz.training.stage import train_stage
from ovoz.training.stage_result import StageResult

BF16, FP32 = TrainingPrecision.BF16, TrainingPrecision.FP32
AUTO = TrainingConfig()
LARGE = 100_000_000


@pytest.fixture
def hardware(monkeypatch: pytest.MonkeyPatch) -> dict[str, bool]:
    """What the processor and the GPU say they have; tests change it."""
    has = {"gpu": False, "cpu_bf16": True, "gpu_bf16": True}
    monkeypatch.setattr(torch.cuda, "is_available", lambda: has["gpu"])
    monkeypatch.setattr(torch.cuda, "is_bf16_supported", lambda **_: has["gpu_bf16"])
    monkeypatch.setattr(arithmetic, "_cpu_has_bf16", lambda: has["cpu_bf16"])
    return has


@pytest.mark.parametrize(
    ("gpu", "cpu_bf16", "gpu_bf16", "expected"),
    [
        (False, True, False, BF16),
        (False, False, True, FP32),
        (True, False, True, BF16),
        (True, True, False, FP32),
    ],
)
def test_auto_is_what_the_training_device_has(hardware, gpu, cpu_bf16, gpu_bf16, expected) -> None:
    hardware.update(gpu=gpu, cpu_bf16=cpu_bf16, gpu_bf16=gpu_bf16)
    assert Arithmetic.choose(AUTO, 1).precision is expected
    assert Arithmetic.choose(AUTO.model_copy(update={"precision": BF16}), 1).precision is BF16


def test_the_processor_is_asked() -> None:
    assert arithmetic._cpu_has_bf16() is torch.ops.mkldnn._is_mkldnn_bf16_supported()
    assert has_bf16() in (True, False)


def test_small_networks_train_on_one_thread() -> None:
    assert Arithmetic.choose(AUTO, 1_100_000).threads == 1
    assert Arithmetic.choose(AUTO, LARGE).threads == torch.get_num_threads()
    assert Arithmetic.choose(AUTO.model_copy(update={"threads": 3}), 1).threads == 3


def test_a_stage_continues_in_the_arithmetic_it_was_started_in(hardware, tmp_path, caplog) -> None:
    hardware["cpu_bf16"] = False
    first = Arithmetic.settle(AUTO, 1, tmp_path / "stage")
    assert not caplog.messages
    hardware["cpu_bf16"] = True
    assert Arithmetic.settle(AUTO, 1, tmp_path / "stage") == first
    (message,) = caplog.messages
    assert "continues as it was started: fp32, 1 thread (this machine would take bf16" in message
    assert [file.name for file in (tmp_path / "stage").iterdir()] == ["arithmetic.json"]


def test_bf16_is_never_continued_by_emulation(hardware, tmp_path) -> None:
    Arithmetic.settle(AUTO, 1, tmp_path / "stage")
    hardware["cpu_bf16"] = False
    with pytest.raises(ArithmeticMismatchError, match=r"remove the folder to train .* in fp32"):
        Arithmetic.settle(AUTO, 1, tmp_path / "stage")


def test_torch_gets_its_threads_back() -> None:
    before = torch.get_num_threads()
    with Arithmetic(precision=FP32, threads=before + 1).applied():
        assert torch.get_num_threads() == before + 1
    assert torch.get_num_threads() == before


class Watch(TrainerCallback):
    """Notes the arithmetic of each step; fails at ``stop`` like a kill."""

    def __init__(self, stop: int = 0) -> None:
        self.stop = stop
        self.seen: set[tuple[bool, int]] = set()

    def on_step_end(self, args, state, control, **_) -> None:
        self.seen.add((args.bf16, torch.get_num_threads()))
        if state.global_step == self.stop:
            raise KeyboardInterrupt


def test_a_stage_resumed_on_another_machine(
    hardware,
    corpus: tuple[Path, list[Utterance]],
    tokenizer: CharTokenizer,
    config: TrainingConfig,
    tmp_path: Path,
) -> None:
    root, rows = corpus
    stage = StageConfig(name="clean", steps=6)
    auto = config.model_copy(update={"precision": TrainingPrecision.AUTO, "threads": "auto"})
    hardware["cpu_bf16"] = False
    stopped, resumed, again = Watch(stop=4), Watch(), Watch()

    def train(watch: Watch) -> StageResult:
        where = (rows, root, tmp_path, None)
        return train_stage(stage, auto, *where, tokenizer=tokenizer, callbacks=[watch])

    with pytest.raises(KeyboardInterrupt):
        train(stopped)
    hardware["cpu_bf16"] = True
    result = train(resumed)
    assert stopped.seen == resumed.seen == {(False, 1)}
    assert result.arithmetic == Arithmetic(precision=FP32, threads=1)
    hardware["cpu_bf16"] = False
    assert train(again) == result  # a finished stage is not trained again
    assert not again.seen
