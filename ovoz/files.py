"""Files and folders that appear complete or not at all.

A write goes to a temporary name beside the target, is flushed to disk and then renamed, which is
atomic within one file system (rename(2)). A process that is killed leaves the old content.
"""

import errno
import glob
import hashlib
import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil


class DiskFullError(OSError):
    """A write found no room; says where, how much is left, and what to do."""

    def __init__(self, place: Path) -> None:
        super().__init__(errno.ENOSPC, "the disk is full", str(place))
        self.free_bytes = shutil.disk_usage(place).free

    def __str__(self) -> str:
        room = f"{self.free_bytes / 1e6:.0f} MB free"
        return f"{self.filename}: the disk is full ({room}); make room and run this again"


@contextmanager
def full_disk_named(place: Path) -> Iterator[None]:
    """Turns the OSError of a full disk, or quota, into one that says where.

    Args:
        place: An existing folder of the file system that is written to.

    Raises:
        DiskFullError: There was no room.
    """
    try:
        yield
    except DiskFullError:
        raise
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise DiskFullError(place) from error
        raise


@contextmanager
def atomic_file(path: Path) -> Iterator[Path]:
    """Yields a temporary path whose file becomes ``path`` when the block succeeds.

    The parent folder is created. When the block raises, nothing is left and ``path`` is as before.

    Raises:
        DiskFullError: There is no room for it.
        OSError: The file cannot be written or renamed.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = _temporary(path)
    with full_disk_named(path.parent):
        try:
            yield unfinished
            _flush(unfinished)
            unfinished.replace(path)
        finally:
            unfinished.unlink(missing_ok=True)


@contextmanager
def atomic_folder(path: Path) -> Iterator[Path]:
    """Yields an empty temporary folder that becomes ``path`` when the block succeeds.

    An older ``path`` is replaced. A folder cannot be replaced in one step: a process killed between
    removal and rename leaves none, never half of one.

    Raises:
        OSError: The folder cannot be written or renamed.
    """
    unfinished = _temporary(path)
    unfinished.mkdir(parents=True)
    with full_disk_named(path.parent):
        try:
            yield unfinished
            complete_folder(unfinished, path)
        finally:
            shutil.rmtree(unfinished, ignore_errors=True)


def complete_folder(unfinished: Path, path: Path) -> None:
    """Bring ``unfinished`` to disk and rename it to ``path``, which is replaced.

    Raises:
        OSError: The folder cannot be written or renamed.
    """
    for found in (*unfinished.rglob("*"), unfinished):
        if not found.is_symlink():
            _flush(found)
    shutil.rmtree(path, ignore_errors=True)
    unfinished.replace(path)


def file_sha256(path: Path) -> str:
    """SHA-256 of a file, in hexadecimal."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def write_text(path: Path, text: str) -> None:
    """Write ``text`` to ``path`` in UTF-8, complete or not at all.

    Raises:
        OSError: The file cannot be written.
    """
    with atomic_file(path) as unfinished:
        unfinished.write_text(text, encoding="utf-8")


def _temporary(path: Path) -> Path:
    """A new name beside ``path``; what killed processes left beside it is removed."""
    for leftover in path.parent.glob(f".{glob.escape(path.name)}.*.tmp"):
        if not _is_alive(leftover.suffixes[-3:-1]):
            _remove(leftover)
    owner = f"{os.getpid()}-{_started(os.getpid())}"
    return path.with_name(f".{path.name}.{owner}.{secrets.token_hex(4)}.tmp")


def _is_alive(suffixes: list[str]) -> bool:
    """Whether the process that ``.pid-start.token`` names is still there."""
    pid, _, started = suffixes[0].removeprefix(".").partition("-") if suffixes else ("", "", "")
    return pid.isdecimal() and started != "" and _started(int(pid)) == started


def _started(pid: int) -> str:
    """Start of a process, in milliseconds since 1970; numbers of processes are used again."""
    try:
        return f"{1000 * psutil.Process(pid).create_time():.0f}"
    except psutil.NoSuchProcess:
        return ""


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)


def _flush(path: Path) -> None:
    """Bring the content to disk before the name: a crash must not leave an empty file."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
