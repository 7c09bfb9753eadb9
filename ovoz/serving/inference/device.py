"""What the model runs on."""

from typing import Literal

import onnxruntime

from ovoz.engine.precision import Device

Asked = Literal["auto", "cpu", "cuda", "tensorrt"]
"""``auto`` is a GPU where ONNX Runtime has one, else the CPU."""


def device_of(asked: Asked) -> Device:
    """The device that is meant here."""
    if asked != "auto":
        return Device(asked)
    available = onnxruntime.get_available_providers()
    return Device.CUDA if "CUDAExecutionProvider" in available else Device.CPU
