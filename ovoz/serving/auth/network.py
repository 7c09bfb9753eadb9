"""On which address a process listens."""

import ipaddress
import os
import socket

import click


def is_loopback(host: str) -> bool:
    """Whether ``host``, a name or an address, is reached from this machine alone."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def free_port() -> int:
    """A port of this machine that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def listening_host() -> str | None:
    """Where BentoML was told to listen; None when no server is being started.

    The process that supervises knows it from its command line, a worker from the socket that it
    was handed.
    """
    command = click.get_current_context(silent=True)
    if command is None:
        return None
    if command.params.get("fd") is not None:
        return _host_of(command.params["fd"])
    host: str | None = command.params.get("host")
    return host


def _host_of(descriptor: int) -> str | None:
    with socket.socket(fileno=os.dup(descriptor)) as listening:
        if listening.family not in {socket.AF_INET, socket.AF_INET6}:
            return None
        host: str = listening.getsockname()[0]
        return host
