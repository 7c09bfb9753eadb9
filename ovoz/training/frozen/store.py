"""Folder of kept outputs: one file each, complete or not there, bounded in size.

Own code rather than diskcache or HDF5: a file per output can be memory-mapped, written by several
processes at once and removed alone, and a killed run leaves only whole ones.
"""

import shutil
from collections.abc import Collection
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt

from ovoz.files import atomic_file
from ovoz.model.features import Features

_SUFFIX: Final = ".npy"
_GB: Final = 10**9


class CacheLimitError(ValueError):
    """The outputs of a stage need more space than there is; the message says what to change."""


class OutputStore:
    """Keeps outputs by name.

    Args:
        folder: Created when the first output is written.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def __contains__(self, name: str) -> bool:
        return self._path(name).is_file()

    def load(self, name: str) -> Features:
        """An output as float32 [D, T]; only its pages are read from disk, at first use."""
        stored = np.load(self._path(name), mmap_mode="r")
        output: Features = stored.astype(np.float32)
        return output

    def save(self, name: str, output: npt.NDArray[np.float16]) -> None:
        """Write an output, complete or not at all."""
        with atomic_file(self._path(name)) as unfinished, unfinished.open("wb") as stream:
            np.save(stream, output)

    def size(self, names: Collection[str]) -> int:
        """Bytes of the outputs that are there."""
        return sum(self._path(name).stat().st_size for name in names if name in self)

    def make_room(self, needed: Collection[str], missing: int, limit_gb: float) -> None:
        """Remove what no longer fits, the longest unused first; mark ``needed`` as used.

        Args:
            needed: Outputs that stay.
            missing: Bytes that will be written.
            limit_gb: Most space for all outputs, in gigabytes.

        Raises:
            CacheLimitError: What is needed does not fit, or the disk is too full for it.
        """
        there = [self._path(name) for name in needed if name in self]
        for path in there:
            path.touch()
        total = missing + sum(path.stat().st_size for path in there)
        if total > limit_gb * _GB:
            raise CacheLimitError(
                f"training.freeze: the outputs of the frozen layers need {total / _GB:.1f} GB, and"
                f" cache_gb is {limit_gb:g}: raise it, or keep fewer copies (copies: 0 keeps none)"
            )
        kept = set(there)
        others = [path for path in self._folder.rglob(f"*{_SUFFIX}") if path not in kept]
        for path in sorted(others, key=lambda path: path.stat().st_mtime, reverse=True):
            total += path.stat().st_size
            if total > limit_gb * _GB:
                path.unlink(missing_ok=True)
        self._folder.mkdir(parents=True, exist_ok=True)
        free = shutil.disk_usage(self._folder).free
        if missing > free:
            raise CacheLimitError(
                f"training.freeze: {missing / _GB:.1f} GB are to be written to {self._folder}, and"
                f" {free / _GB:.1f} are free: make room, or keep fewer copies"
            )

    def _path(self, name: str) -> Path:
        # Folders of a few hundred files: looking for leftovers of a killed process lists one.
        return self._folder / name[:2] / f"{name[2:]}{_SUFFIX}"
