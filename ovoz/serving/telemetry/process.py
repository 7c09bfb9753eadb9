"""What the system knows of this process."""

import os
import tempfile
from functools import cache

import psutil


def resident_bytes() -> int:
    """Resident memory of this process, in bytes."""
    return int(_this(os.getpid()).memory_info().rss)


@cache
def _this(number: int) -> psutil.Process:
    """Made once a process: it costs more than what it is asked."""
    return psutil.Process(number)


def available_bytes() -> int:
    """Memory that the machine can still give, in bytes."""
    return int(psutil.virtual_memory().available)


def free_for_uploads() -> int:
    """Room in the temporary folder, which uploads are spooled to, in bytes."""
    return int(psutil.disk_usage(tempfile.gettempdir()).free)
