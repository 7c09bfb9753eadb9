"""The process that serves: how it ends, and where it listens."""

import ctypes
import os
import signal
import socket
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

import click

from ovoz.serving.startup.checks import StartError

_PR_SET_PDEATHSIG: Final = 1


@contextmanager
def one_line_refusals() -> Iterator[None]:
    """End the process with the reason alone where the service may not start.

    BentoML would show it under a hundred lines of its own imports.
    """
    try:
        yield
    except StartError as error:
        sys.exit(f"error: {error}")


def parent_death_signal() -> Callable[[], object]:
    """What makes the kernel end the calling process with its parent (prctl(2)); Linux only.

    The library is loaded here: between fork and exec nothing may be loaded.
    """
    if sys.platform != "linux":
        return lambda: None
    prctl = ctypes.CDLL(None).prctl
    return lambda: prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)


def listening_socket() -> socket.socket | None:
    """The socket that BentoML handed to this worker; None in other processes."""
    command = click.get_current_context(silent=True)
    descriptor = command.params.get("fd") if command else None
    return None if descriptor is None else socket.socket(fileno=os.dup(descriptor))
