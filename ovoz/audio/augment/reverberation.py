"""Reverberation of rooms, by a synthetic impulse response."""

from typing import Final

import numpy as np
from scipy.signal import fftconvolve

from ovoz.audio.augment.level import rms, set_level
from ovoz.audio.signal import SAMPLE_RATE, Samples, Seconds

_SIXTY_DB: Final = 3 * np.log(10)
_DIRECT_TO_ECHO_DB: Final = (0.0, 12.0)


def add_reverberation(
    samples: Samples, reverberation_s: Seconds, rng: np.random.Generator
) -> Samples:
    """Convolve with an impulse response of exponentially decaying noise (Polack's model).

    The direct sound keeps its place and the signal its level; the echo falls by 60 dB in
    ``reverberation_s`` (RT60).
    """
    time_s = np.arange(max(int(reverberation_s * SAMPLE_RATE), 1), dtype=np.float32) / SAMPLE_RATE
    response = rng.standard_normal(len(time_s), dtype=np.float32)
    response *= np.exp(-_SIXTY_DB * time_s / reverberation_s).astype(np.float32)
    echo = float(np.sqrt(np.sum(response[1:] ** 2))) or 1.0
    response *= np.float32(10 ** (-rng.uniform(*_DIRECT_TO_ECHO_DB) / 20) / echo)
    response[0] = 1.0
    wet = fftconvolve(samples, response)[: len(samples)]
    return set_level(wet, rms(samples)).astype(np.float32, copy=False)
