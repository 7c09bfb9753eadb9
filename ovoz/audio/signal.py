"""The audio signal used throughout Ovoz: mono float32 samples at 16 kHz."""

from typing import Final

import numpy as np
import numpy.typing as npt

SAMPLE_RATE: Final = 16_000
"""Samples per second of every signal inside Ovoz."""

Samples = npt.NDArray[np.float32]
"""Mono signal, shape [T], float32 in [-1, 1], at :data:`SAMPLE_RATE`."""

Seconds = float


def duration_s(samples: Samples) -> Seconds:
    """Length of ``samples`` [T] in seconds."""
    return len(samples) / SAMPLE_RATE
