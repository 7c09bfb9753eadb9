"""Precisions of an exported network, and devices that it runs on; needs no runtime."""

from enum import StrEnum
from typing import Final, Self


class Precision(StrEnum):
    """Arithmetic of an exported network."""

    FP32 = "fp32"
    """As trained; always exported, since every other precision is made from it."""

    INT8_DYNAMIC = "int8-dynamic"
    """Weights in int8; activations are quantized at run time, by their own range."""

    INT8_STATIC = "int8-static"
    """Weights and activations in int8; ranges of activations are taken from training audio."""

    FP16 = "fp16"
    """Half precision, for GPUs."""

    @classmethod
    def _missing_(cls, value: object) -> Self | None:
        # The name in artifacts that were exported before there was static quantization.
        return cls("int8-dynamic") if value == "int8" else None

    @property
    def file(self) -> str:
        """Name of the encoder of this precision in the artifact."""
        return f"encoder{_SUFFIXES[self]}.onnx"

    @property
    def rescorer(self) -> str:
        """Name of the attention head that rescores for an encoder of this precision."""
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
    """A GPU, with networks that TensorRT compiles for it."""

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
