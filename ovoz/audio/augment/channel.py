"""What a line does to speech: speed, level and band."""

from typing import Final

import numpy as np
import soxr
from scipy.signal import butter, sosfilt

from ovoz.audio.augment.level import fit
from ovoz.audio.signal import SAMPLE_RATE, Samples

TELEPHONE_RATE: Final = 8_000
_BAND_HZ: Final = (300, 3400)
_BAND: Final = butter(4, _BAND_HZ, "bandpass", fs=TELEPHONE_RATE, output="sos")


def change_speed(samples: Samples, factor: float) -> Samples:
    """Play ``factor`` times as fast; pitch moves with it (Ko et al., 2015)."""
    changed: Samples = soxr.resample(samples, SAMPLE_RATE * factor, SAMPLE_RATE, quality="MQ")
    return changed


def change_gain(samples: Samples, gain_db: float) -> Samples:
    """Louder or quieter by ``gain_db``; beyond full scale it clips, as a recorder does."""
    louder: Samples = np.clip(samples * np.float32(10 ** (gain_db / 20)), -1.0, 1.0)
    return louder


def telephone_band(samples: Samples) -> Samples:
    """Sampled at 8 kHz, between 300 and 3400 Hz (the band of ITU-T G.711 lines)."""
    narrow = soxr.resample(samples, SAMPLE_RATE, TELEPHONE_RATE, quality="MQ")
    narrow = sosfilt(_BAND, narrow).astype(np.float32)
    return fit(soxr.resample(narrow, TELEPHONE_RATE, SAMPLE_RATE, quality="MQ"), len(samples))
