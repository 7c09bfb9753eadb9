"""The processes of a service under test."""

import os
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

import httpx
import psutil

if TYPE_CHECKING:
    import subprocess


def supervisor_of(url: str) -> psutil.Process:
    """The service that ``served`` started in this process."""
    port = url.rpartition(":")[2]
    for child in psutil.Process(os.getpid()).children():
        command = child.cmdline()
        if "bentos.asr.server" in command and port in command:
            return child
    raise AssertionError(f"no process serves {url}")


def resident_mb(supervisor: psutil.Process) -> float:
    """Resident memory of the service, its workers included, in MB."""
    tree = [supervisor, *supervisor.children(recursive=True)]
    return sum(one.memory_info().rss for one in tree) / 1e6


def wait_until_ready(url: str, process: "subprocess.Popen[bytes]") -> None:
    """Ask ``url`` until it answers 200."""
    deadline = time.monotonic() + 90
    while time.monotonic() < deadline:
        assert process.poll() is None, "a service ended while starting"
        try:
            if httpx.get(url, timeout=2).status_code == 200:
                return
        except httpx.TransportError:
            pass
        time.sleep(0.3)
    raise AssertionError("not ready")


def wait_until(holds: Callable[[], bool], within_s: float = 90) -> None:
    """Ask until it holds."""
    deadline = time.monotonic() + within_s
    while time.monotonic() < deadline:
        if holds():
            return
        time.sleep(0.1)
    raise AssertionError("it does not come true")
