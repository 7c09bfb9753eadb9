"""Arithmetic and hardware that an exported network is made for; known without any runtime."""

from enum import StrEnum
from typing import Final, Self

from pydantic import BaseModel, ConfigDict, Field, field_validator


class Precision(StrEnum):
    """Arithmetic of an exported network."""

    FP32 = "fp32"
    """As it was trained; always exported, since every other one is made from it."""

    INT8_DYNAMIC = "int8-dynamic"
    """Weights in int8; the range of the activations is taken while running."""

    INT8_STATIC = "int8-static"
    """Weights and activations in int8; ranges were taken beforehand, on training audio."""

    FP16 = "fp16"
    """Half precision, for GPUs."""

    @classmethod
    def _missing_(cls, value: object) -> Self | None:
        # What artifacts of before static quantization call the only int8 they know.
        return cls("int8-dynamic") if value == "int8" else None

    @property
    def file(self) -> str:
        """Name of the encoder of this precision in the artifact."""
        return f"encoder{_SUFFIXES[self]}.onnx"

    @property
    def rescorer(self) -> str:
        """Name of the attention head that judges texts beside an encoder of this precision."""
        whole = self in (Precision.FP32, Precision.FP16)
        return "rescorer.onnx" if whole else "rescorer.int8.onnx"

    @property
    def folder(self) -> str:
        """Name of the folder of the attention head of this precision in the artifact."""
        return f"attention{_SUFFIXES[self]}"


_SUFFIXES: Final = {
    Precision.FP32: "",
    Precision.INT8_DYNAMIC: ".int8",
    Precision.INT8_STATIC: ".int8-static",
    Precision.FP16: ".fp16",
}


class Device(StrEnum):
    """Where an engine runs."""

    CPU = "cpu"
    CUDA = "cuda"
    TENSORRT = "tensorrt"
    """A GPU, through engines that TensorRT builds for it."""

    @property
    def providers(self) -> tuple[str, ...]:
        """ONNX Runtime's execution providers, the preferred one first."""
        return _PROVIDERS[self]


_CPU: Final = ("CPUExecutionProvider",)
_CUDA: Final = ("CUDAExecutionProvider", *_CPU)
_PROVIDERS: Final = {
    Device.CPU: _CPU,
    Device.CUDA: _CUDA,
    Device.TENSORRT: ("TensorrtExecutionProvider", *_CUDA),
}


class ExportConfig(BaseModel):
    """Which precisions are exported, and which of them is registered.

    Of those whose word error rate on dev lies at most ``max_wer_loss`` percentage points above
    that of the trained network, the fastest is taken; see :mod:`ovoz.engine.export.choice`.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    precisions: tuple[Precision, ...] = (
        Precision.FP32,
        Precision.INT8_DYNAMIC,
        Precision.INT8_STATIC,
    )
    calibration_utterances: int = Field(default=64, ge=1)
    """Training utterances that the ranges of static quantization are taken from."""
    device: Device = Device.CPU
    """Where the model will be served, and so is timed; fp16 runs on GPUs alone."""
    scored_utterances: int = Field(default=200, ge=1)
    """Utterances of dev, spread over it, that every export transcribes for the choice."""
    timed_utterances: int = Field(default=40, ge=1)
    """How many of them are timed, three times each."""
    max_wer_loss: float = Field(default=0.5, ge=0)
    """Points of word error rate that an export may lose against the trained network."""
    as_fast: float = Field(default=0.05, ge=0)
    """Exports that take at most this share more time than the fastest count as equally fast:
    clocks are no finer. The smallest of them is taken."""

    @field_validator("precisions")
    @classmethod
    def _some_and_each_once(cls, precisions: tuple[Precision, ...]) -> tuple[Precision, ...]:
        if not precisions or len(set(precisions)) != len(precisions):
            raise ValueError("export.precisions: name at least one precision, and each once")
        return precisions
