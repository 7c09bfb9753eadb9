"""Level and length of a signal."""

from typing import Final

import numpy as np

from ovoz.audio.signal import SAMPLE_RATE, Samples
from ovoz.audio.vad import detect_speech, find_network

_FRAME: Final = 320
"""20 ms."""
_AUDIBLE_RANGE_DB: Final = 30.0


def rms(samples: Samples) -> float:
    """Root mean square; 0 for an empty signal."""
    return float(np.sqrt(np.mean(np.square(samples, dtype=np.float64)))) if len(samples) else 0.0


def speech_level(samples: Samples) -> float:
    """Root mean square of the parts in which somebody speaks, by voice activity detection.

    Where it finds nobody, or is not installed: of the frames of 20 ms within 30 dB of the loudest.
    """
    segments = detect_speech(samples) if find_network() else []
    if segments:
        edges = [
            (round(one.start_s * SAMPLE_RATE), round(one.end_s * SAMPLE_RATE)) for one in segments
        ]
        return rms(np.concatenate([samples[start:end] for start, end in edges]))
    if len(samples) < _FRAME:
        return rms(samples)
    frames = samples[: len(samples) // _FRAME * _FRAME].reshape(-1, _FRAME)
    energy = np.mean(np.square(frames, dtype=np.float64), axis=1)
    return float(np.sqrt(energy[energy >= energy.max() * 10 ** (-_AUDIBLE_RANGE_DB / 10)].mean()))


def set_level(samples: Samples, level: float) -> Samples:
    """Scale to the root mean square ``level``; silence stays silence."""
    scaled: Samples = samples * np.float32(level / max(rms(samples), 1e-9))
    return scaled


def fit_length(samples: Samples, length: int) -> Samples:
    """Cut or zero-pad to ``length`` samples."""
    missing = max(length - len(samples), 0)
    return np.pad(samples[:length], (0, missing)).astype(np.float32, copy=False)
