"""Segments cut out of files of which each row of a source describes a part."""

from collections import defaultdict
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from tempfile import TemporaryFile
from threading import Lock
from typing import Final

import numpy as np

from ovoz.audio.containers import AudioError
from ovoz.audio.decode import stream
from ovoz.audio.signal import SAMPLE_RATE, Samples, Seconds, duration_s

_KEPT: Final = 8
"""Decoded files kept at a time, on disk; the rows of a file usually follow each other."""
_MARGIN_S: Final = 0.02
"""Tools round starts and ends."""


@dataclass(frozen=True, slots=True)
class FileSegment:
    """Part of a file from ``start_s`` to ``end_s``; None is the end of the file.

    Raises:
        ValueError: It starts before the file, or does not end after its start.
    """

    start_s: Seconds
    end_s: Seconds | None = None

    def __post_init__(self) -> None:
        end_s = np.inf if self.end_s is None else self.end_s
        if not 0 <= self.start_s < end_s:
            raise ValueError(f"a segment from {self.start_s:g} s to {end_s:g} s")

    def __str__(self) -> str:
        """As in a media fragment (W3C): ``12.5,17``."""
        return f"{self.start_s:g},{'' if self.end_s is None else f'{self.end_s:g}'}"

    def lacks_s(self, samples: Samples) -> Seconds:
        """How much of the segment's length is not in ``samples``; 0 where all is."""
        if self.end_s is None:
            return 0.0
        lost_s = self.end_s - self.start_s - duration_s(samples)
        return lost_s if lost_s > _MARGIN_S else 0.0


class SegmentReader:
    """Cuts segments out of files; each file is decoded once as long as its rows are near.

    A decoded file lies on disk (230 MB per hour) in a file without a name, which is gone when the
    process ends, however it ends. Safe for several threads.
    """

    def __init__(self, folder: Path) -> None:
        """``folder`` is where decoded files lie."""
        self._folder = folder
        self._locks: defaultdict[Path, Lock] = defaultdict(Lock)
        self._decoded = lru_cache(_KEPT)(self._decode)

    def read(self, path: Path, segment: FileSegment, max_duration_s: Seconds) -> Samples:
        """Samples of a segment, float32 [T] at 16 kHz; shorter where the file ends before.

        Raises:
            AudioError: The file cannot be decoded, ends before the segment starts, or the segment
                is longer than ``max_duration_s``.
            OSError: The file cannot be opened.
        """
        with self._locks[path]:
            samples = self._decoded(path)
        if isinstance(samples, AudioError):
            raise samples
        end = None if segment.end_s is None else round(segment.end_s * SAMPLE_RATE)
        part = samples[round(segment.start_s * SAMPLE_RATE) : end]
        if len(part) == 0:
            raise AudioError(
                "empty",
                f"the segment starts at {segment.start_s:g} s, the file ends at"
                f" {duration_s(samples):g} s",
            )
        if duration_s(part) > max_duration_s:
            raise AudioError(
                "too_long",
                f"the segment is {duration_s(part):.1f} s long, the limit is {max_duration_s:g} s",
            )
        return np.array(part)

    def _decode(self, path: Path) -> Samples | AudioError:
        """A file's samples, mapped from disk; an error is kept too, so that it is met once."""
        with TemporaryFile(dir=self._folder) as file:
            try:
                for piece in stream(path):
                    file.write(piece.astype(np.float32).tobytes())
            except AudioError as error:
                return error
            file.flush()
            if file.tell() == 0:
                return AudioError("empty", "the file holds no audio samples")
            return np.memmap(file, np.float32, mode="r")
