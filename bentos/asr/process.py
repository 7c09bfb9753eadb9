"""What the system knows of this process."""

import psutil


def resident_bytes() -> int:
    """Resident memory of this process, in bytes."""
    return int(psutil.Process().memory_info().rss)


def available_bytes() -> int:
    """Memory that the machine can still give, in bytes."""
    return int(psutil.virtual_memory().available)
