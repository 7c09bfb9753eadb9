"""Recordings on disk, for as long as they are waited for."""

import hashlib
import os
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO, Final

_CHUNK: Final = 1 << 20
_PRIVATE: Final = 0o700
_PRIVATE_FILE: Final = 0o600


class Spool:
    """A folder with one folder a job, which nobody but the service's user may read.

    Processes that share jobs share this folder.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._doubtful: dict[str, float | None] = {}

    @property
    def name(self) -> str:
        """The name of the database that the recordings belong to."""
        return self._folder.name

    def is_there(self) -> bool:
        """Whether the folder can be seen: not where its disk is not mounted any more."""
        return self._folder.is_dir()

    def stored_bytes(self) -> int:
        """What lies there: recordings that wait, and what uploads left that came to nothing."""
        total = 0
        for folder, _, names in os.walk(self._folder):
            for name in names:
                with suppress(FileNotFoundError):
                    total += (Path(folder) / name).stat().st_size
        return total

    def path(self, job_id: str, position: int) -> Path:
        """Where a recording lies."""
        return self._folder / job_id / str(position)

    def store(self, job_id: str, position: int, recording: BinaryIO) -> tuple[int, str]:
        """Lay a recording down so that a power cut cannot take it; its bytes and their SHA-256.

        Raises:
            OSError: it cannot be written.
        """
        path = self.path(job_id, position)
        path.parent.mkdir(mode=_PRIVATE, exist_ok=True)
        digest = hashlib.sha256()
        size = 0
        recording.seek(0)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _PRIVATE_FILE)
        with os.fdopen(descriptor, "wb") as file:
            while chunk := recording.read(_CHUNK):
                digest.update(chunk)
                size += file.write(chunk)
            file.flush()
            os.fsync(file.fileno())
        return size, digest.hexdigest()

    def settle(self, job_id: str) -> None:
        """Make the names of a job's recordings as lasting as their bytes are."""
        for folder in (self._folder / job_id, self._folder):
            descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
            try:
                os.fsync(descriptor)
            finally:
                os.close(descriptor)

    def remove(self, job_id: str, position: int) -> None:
        """Delete one recording, and the job's folder with the last of them."""
        path = self.path(job_id, position)
        path.unlink(missing_ok=True)
        try:
            path.parent.rmdir()
        except OSError:
            return  # others are in it, or it is gone

    def doubt(self, job_id: str) -> None:
        """Remember recordings of which nobody knows yet whether their job was written."""
        self._doubtful[job_id] = None

    def resolve_doubts(self, is_known: Callable[[str], bool], after_s: float) -> None:
        """Delete recordings of jobs that were not written.

        A database that was frozen may carry out a commit after it answers others again, so it is
        asked twice.

        Args:
            is_known: whether there is such a job.
            after_s: seconds between the two questions.
        """
        now = time.monotonic()
        for job_id, asked_s in list(self._doubtful.items()):
            if is_known(job_id):
                del self._doubtful[job_id]
            elif asked_s is None:
                self._doubtful[job_id] = now
            elif now - asked_s >= after_s:
                self.remove_job(job_id)
                del self._doubtful[job_id]

    def remove_job(self, job_id: str) -> None:
        """Delete all recordings of a job."""
        shutil.rmtree(self._folder / job_id, ignore_errors=True)

    def jobs(self, *, older_than_s: float) -> Iterator[str]:
        """Jobs with a folder that nothing was added to or taken from for so many seconds."""
        before = time.time() - older_than_s
        for folder in self._folder.iterdir():
            try:
                if folder.stat().st_mtime < before:
                    yield folder.name
            except FileNotFoundError:
                continue

    def positions(self, job_id: str) -> list[int]:
        """The recordings of a job that are there."""
        try:
            return [int(file.name) for file in (self._folder / job_id).iterdir()]
        except FileNotFoundError:
            return []
