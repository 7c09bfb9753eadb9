"""Distortions of the channel: speed, gain and telephone band."""

from typing import Final

import numpy as np
import soxr
from scipy.signal import butter, sosfilt

from ovoz.audio.augment.level import fit_length
from ovoz.audio.signal import SAMPLE_RATE, Samples

TELEPHONE_RATE: Final = 8_000
_BAND_HZ: Final = (300, 3400)
_BAND: Final = butter(4, _BAND_HZ, "bandpass", fs=TELEPHONE_RATE, output="sos")


def change_speed(samples: Samples, factor: float) -> Samples:
    """Speed up by ``factor``; the pitch changes with it (Ko et al., 2015)."""
    changed: Samples = soxr.resample(samples, SAMPLE_RATE * factor, SAMPLE_RATE, quality="MQ")
    return changed


def change_gain(samples: Samples, gain_db: float) -> Samples:
    """Change the level by ``gain_db``; samples beyond full scale clip."""
    changed: Samples = np.clip(samples * np.float32(10 ** (gain_db / 20)), -1.0, 1.0)
    return changed


def apply_telephone_band(samples: Samples) -> Samples:
    """Resample to 8 kHz and back, and keep 300 to 3400 Hz (the band of ITU-T G.711)."""
    narrow = soxr.resample(samples, SAMPLE_RATE, TELEPHONE_RATE, quality="MQ")
    narrow = sosfilt(_BAND, narrow).astype(np.float32)
    return fit_length(
        soxr.resample(narrow, TELEPHONE_RATE, SAMPLE_RATE, quality="MQ"), len(samples)
    )
