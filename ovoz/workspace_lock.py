"""One run at a time in a workspace; a second one is told which process is at work."""

import os
import shlex
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
from filelock import FileLock, Timeout

from ovoz.files import write_text
from ovoz.workspace import Workspace


class WorkspaceBusyError(RuntimeError):
    """Another process runs pipelines in the workspace; the message names it."""


@contextmanager
def locked(workspace: Workspace, wait_s: float = 0.0) -> Iterator[None]:
    """Hold the workspace inside the block; the system frees it when the process is killed.

    Args:
        workspace: What is held.
        wait_s: How long another process is waited for.

    Raises:
        WorkspaceBusyError: Another process holds it.
    """
    workspace.state.mkdir(parents=True, exist_ok=True)
    owner = workspace.state / "owner"
    lock = FileLock(workspace.state / "lock")
    try:
        lock.acquire(timeout=wait_s)
    except Timeout as error:
        raise WorkspaceBusyError(
            f"{workspace.root.resolve()} is in use by {_read_owner(owner)}: wait for it, or end it"
        ) from error
    try:
        command = shlex.join(psutil.Process().cmdline())
        write_text(owner, f"process {os.getpid()} ({command})")
        yield
    finally:
        owner.unlink(missing_ok=True)
        lock.release()


def _read_owner(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except OSError:
        return "another process"
