"""Where a signal may be cut without tearing a word."""

from typing import Final

import numpy as np

from ovoz.audio.signal import Samples

_STEP: Final = 160
_PAUSE: Final = 4 * _STEP
"""Samples of a place that is quiet enough: 40 ms."""


def find_quietest(samples: Samples) -> int:
    """The middle of the quietest 40 ms; of several, those that follow the first."""
    sums = np.cumsum(np.square(samples, dtype=np.float64))
    energy = np.diff(sums[_STEP - 1 :: _STEP], prepend=0.0)
    energy = np.convolve(energy, np.ones(_PAUSE // _STEP), mode="valid")
    lowest = np.flatnonzero(energy <= energy.min() + 1e-9)
    run = int(np.argmin(np.diff(lowest, append=lowest[-1] + 2) == 1)) + 1
    return int(lowest[:run].mean() * _STEP) + _PAUSE // 2
