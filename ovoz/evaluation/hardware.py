"""Where something was measured, and with what: it stands below every table."""

import platform
from collections.abc import Iterable
from importlib.metadata import version
from pathlib import Path


def describe_hardware(libraries: Iterable[str]) -> str:
    """Processor, Python and the versions of ``libraries``."""
    versions = [f"{name} {version(name)}" for name in libraries]
    return ", ".join([f"{read_processor_name()}; Python {platform.python_version()}", *versions])


def read_processor_name() -> str:
    """Name of the processor, as the system gives it."""
    info = Path("/proc/cpuinfo")
    lines = info.read_text(encoding="utf-8").splitlines() if info.is_file() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return f"{len(names)} × {names[0]}" if names else platform.processor() or platform.machine()
