"""The processor that results are computed on, as far as their rounding depends on it."""

import torch

from ovoz.evaluation.hardware import describe_processor


def describe_arithmetic_unit() -> str:
    """Name of the processor, the instructions that torch takes of it, and a GPU where there is one.

    ``ATEN_CPU_CAPABILITY`` in the environment has torch take other ones.
    """
    parts = [describe_processor(), f"torch {torch.backends.cpu.get_cpu_capability()}"]
    if torch.cuda.is_available():
        parts.append(torch.cuda.get_device_name())
    return ", ".join(parts)
