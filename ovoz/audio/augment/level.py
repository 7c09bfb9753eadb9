"""Level and length of a signal."""

import numpy as np

from ovoz.audio.signal import Samples


def rms(samples: Samples) -> float:
    """Root mean square; 0 for an empty signal."""
    return float(np.sqrt(np.mean(np.square(samples, dtype=np.float64)))) if len(samples) else 0.0


def set_level(samples: Samples, level: float) -> Samples:
    """Scale to the root mean square ``level``; silence stays silence."""
    scaled: Samples = samples * np.float32(level / max(rms(samples), 1e-9))
    return scaled


def fit_length(samples: Samples, length: int) -> Samples:
    """Cut or zero-pad to ``length`` samples."""
    missing = max(length - len(samples), 0)
    return np.pad(samples[:length], (0, missing)).astype(np.float32, copy=False)
