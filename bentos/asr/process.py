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
_LARGEST_PORT: Final = 65535


@contextmanager
def one_line_refusals() -> Iterator[None]:
    """End the process with the reason alone where the service may not start.

    BentoML would show it under a hundred lines of its own imports.
    """
    try:
        yield
    except StartError as error:
        sys.exit(f"error: {error}")


def check_place(host: str, port: str) -> None:
    """See that the service can listen there.

    Raises:
        StartError: there is no such port, or somebody else has it.
    """
    if not (port.isascii() and port.isdigit() and 0 < int(port) <= _LARGEST_PORT):
        raise StartError(f"--port {port}: a port is a number from 1 to {_LARGEST_PORT}")
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        socket.create_server((host, int(port)), family=family, backlog=1).close()
    except OSError as error:
        told = f"cannot listen on {host}:{port}: {error.strerror or error}"
        raise StartError(f"{told}: choose another --port or --host") from error


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
