"""Where something was measured, and with what: it stands below every table."""

import platform
from collections.abc import Iterable
from importlib.metadata import version
from pathlib import Path
from typing import Final

_INFO: Final = Path("/proc/cpuinfo")
_ARITHMETIC: Final = frozenset(
    {"avx2", "avx512f", "avx512_vnni", "avx_vnni", "avx512_bf16", "amx_int8"}  # x86
    | {"asimddp", "i8mm", "sve"}  # ARM
)
"""Flags of Linux that decide which kernels multiply matrices, of 8 bits above all."""


def describe_hardware(libraries: Iterable[str]) -> str:
    """Processor, Python and the versions of ``libraries``."""
    versions = [f"{name} {version(name)}" for name in libraries]
    return ", ".join([f"{read_processor_name()}; Python {platform.python_version()}", *versions])


def describe_processor(info: Path = _INFO) -> str:
    """Name of the processor and what it has for matrix products: figures of int8 depend on it."""
    lines = _read_lines(info)
    flags = next((line for line in lines if line.startswith(("flags", "Features"))), "")
    features = sorted(_ARITHMETIC & set(flags.partition(":")[2].split()))
    return ", ".join([read_processor_name(info), *features])


def read_processor_name(info: Path = _INFO) -> str:
    """Number of processors and their name, as the system gives it."""
    lines = _read_lines(info)
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return f"{len(names)} × {names[0]}" if names else platform.processor() or platform.machine()


def _read_lines(info: Path) -> list[str]:
    return info.read_text(encoding="utf-8").splitlines() if info.is_file() else []
