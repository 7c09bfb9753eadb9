"""What the model runs on."""

import onnxruntime

from ovoz.engine.precision import Device
from ovoz.serving.model_settings import DeviceChoice


def device_of(asked: DeviceChoice) -> Device:
    """The device that is meant here."""
    if asked != "auto":
        return Device(asked)
    available = onnxruntime.get_available_providers()
    return Device.CUDA if "CUDAExecutionProvider" in available else Device.CPU
