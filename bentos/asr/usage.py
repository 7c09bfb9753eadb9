"""What one request has used, told by whoever does the work to whoever counts it."""

from contextvars import ContextVar
from dataclasses import dataclass
from typing import Final


@dataclass
class Usage:
    """``audio_s``: seconds of audio decoded for the request."""

    audio_s: float = 0.0


_USAGE: Final[ContextVar[Usage | None]] = ContextVar("usage", default=None)


def begin_usage() -> Usage:
    """A new account for the request of this context; threads that it starts see the same one."""
    usage = Usage()
    _USAGE.set(usage)
    return usage


def used_audio(seconds: float) -> None:
    """Add decoded seconds to the account of this request, if anyone keeps one."""
    usage = _USAGE.get()
    if usage is not None:
        usage.audio_s += seconds
