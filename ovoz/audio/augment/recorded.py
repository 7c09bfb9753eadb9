"""Recorded noise and rooms, which take the place of synthetic ones in a share of the draws."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
from scipy.signal import fftconvolve

from ovoz.audio.augment.level import rms, set_level
from ovoz.audio.signal import SAMPLE_RATE, Samples

StoredSamples = npt.NDArray[np.int16]
"""A mono signal at 16 kHz, int16 [T], with its peak at full scale; may be mapped from disk."""

_FULL_SCALE: Final = 32_767
_TRIES: Final = 10
_QUIET: Final = 0.005
"""46 dB under the peak of a recording: nothing is heard in such a stretch of it."""
_LONGEST_ECHO: Final = 3 * SAMPLE_RATE


@dataclass(frozen=True, slots=True)
class RecordedSounds:
    """Recordings of noise, and impulse responses of rooms."""

    noise: Sequence[StoredSamples] = ()
    rooms: Sequence[StoredSamples] = ()


def store_samples(samples: Samples) -> StoredSamples:
    """Scale a signal to full scale and round it; silence stays silence."""
    peak = float(np.abs(samples).max(initial=0.0)) or 1.0
    return np.round(samples * (_FULL_SCALE / peak)).astype(np.int16)


def draw_noise(
    recordings: Sequence[StoredSamples], length: int, rng: np.random.Generator
) -> Samples:
    """Draw a stretch of one of ``recordings``, float32 [length], at an arbitrary level.

    A recording that is too short is repeated. A stretch in which nothing is heard, such as the
    pause between two barks of a dog, is drawn again, and at last taken around the loudest sample.
    """
    recording = recordings[int(rng.integers(len(recordings)))]
    if len(recording) <= length:
        return _as_float(np.resize(np.roll(recording, rng.integers(len(recording))), length))
    last = len(recording) - length
    for _ in range(_TRIES):
        start = int(rng.integers(last, endpoint=True))
        stretch = _as_float(recording[start : start + length])
        if rms(stretch) >= _QUIET:
            return stretch
    loudest = int(np.abs(recording.astype(np.int32)).argmax())
    start = min(max(loudest - length // 2, 0), last)
    return _as_float(recording[start : start + length])


def add_recorded_room(samples: Samples, response: StoredSamples) -> Samples:
    """Convolve with the impulse response of a room.

    The response is cut before its peak, the direct sound, so that the signal keeps its place and
    words keep their times; the signal keeps its level.
    """
    direct = int(np.abs(response.astype(np.int32)).argmax())
    echo = _as_float(response[direct : direct + _LONGEST_ECHO])
    wet = fftconvolve(samples, echo / (echo[0] or np.float32(1.0)))[: len(samples)]
    return set_level(wet, rms(samples)).astype(np.float32, copy=False)


def _as_float(stored: StoredSamples) -> Samples:
    return stored.astype(np.float32) / np.float32(_FULL_SCALE)
