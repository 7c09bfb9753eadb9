"""The processes of a service under test."""

import os

import psutil


def supervisor_of(url: str) -> psutil.Process:
    """The service that ``served`` started in this process."""
    port = url.rpartition(":")[2]
    for child in psutil.Process(os.getpid()).children():
        command = child.cmdline()
        if "serve" in command and port in command:
            return child
    raise AssertionError(f"no process serves {url}")


def resident_mb(supervisor: psutil.Process) -> float:
    """Resident memory of the service, its workers included, in MB."""
    tree = [supervisor, *supervisor.children(recursive=True)]
    return sum(one.memory_info().rss for one in tree) / 1e6
