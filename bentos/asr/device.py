"""What the model runs on."""

from enum import StrEnum
from typing import Final


class Device(StrEnum):
    """``auto`` is a GPU where ONNX Runtime has one, else the CPU."""

    AUTO = "auto"
    CPU = "cpu"
    CUDA = "cuda"


_CUDA: Final = "CUDAExecutionProvider"
_CPU: Final = "CPUExecutionProvider"


def providers_of(device: Device) -> tuple[Device, tuple[str, ...]]:
    """The device that is meant here, and ONNX Runtime's providers for it."""
    if device is Device.AUTO:
        import onnxruntime

        device = Device.CUDA if _CUDA in onnxruntime.get_available_providers() else Device.CPU
    return device, (_CPU,) if device is Device.CPU else (_CUDA, _CPU)
