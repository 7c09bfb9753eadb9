"""Quality measures of a recording: SNR, level, clipping, bandwidth, share of speech.

All are cheap: under a millisecond for three seconds of sound. ``ovoz.audio.vad`` locates speech
exactly at ten times the cost.
"""

import math
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from ovoz.audio.signal import SAMPLE_RATE, Samples, Seconds

_FRAME: Final = 400
"""25 ms."""
_HOP: Final = 160
_SILENCE_DBFS: Final = -100.0
_CLIPPED: Final = 0.999
_SPEECH_RANGE_DB: Final = 30.0
_SPEECH_FLOOR_DBFS: Final = -55.0
_BANDWIDTH_RANGE_DB: Final = 50.0
_DECIMALS: Final = 3
"""Of levels in dB. numpy's logarithm differs in the last bit between processors with AVX-512 and
without, and manifests hold the levels: rounded, the same audio has the same row everywhere."""


@dataclass(frozen=True, slots=True)
class Measures:
    """Quality measures of one signal.

    ``snr_db`` in dB, within [0, 100]; ``rms_dbfs`` in dB relative to full scale, within
    [-100, 0]; both are rounded to 0.001. ``clipped_ratio`` and ``speech_ratio`` in [0, 1];
    ``bandwidth_hz`` in [0, 8000].
    """

    duration_s: Seconds
    snr_db: float
    rms_dbfs: float
    clipped_ratio: float
    bandwidth_hz: float
    speech_ratio: float


def measure(samples: Samples) -> Measures:
    """Measure a signal.

    - SNR: 90th over 10th percentile of the levels of 25 ms frames, a simple form of the level
      histogram of NIST's STNR. It is too low for speech without pauses, and too high for speech
      with digital silence between words.
    - Clipping: share of samples within 0.1 % of full scale.
    - Bandwidth: highest frequency at which the mean power spectrum is within 50 dB of its peak.
      It separates telephone speech (under 4 kHz) from wideband speech, even for voices with little
      energy in the high band; on synthetic speech no clip was on the wrong side of 4.5 kHz.
    - Speech: share of frames within 30 dB of the 90th percentile and above -55 dBFS.

    Args:
        samples: float32 [T] at 16 kHz in [-1, 1]; may be empty or silent. Values out of range count
            as full scale, NaN as silence.

    Returns:
        Finite values for every input.
    """
    if len(samples) == 0:
        return Measures(0.0, 0.0, _SILENCE_DBFS, 0.0, 0.0, 0.0)
    samples = np.clip(np.nan_to_num(samples, nan=0.0, posinf=1.0, neginf=-1.0), -1.0, 1.0)
    levels = _frame_levels_dbfs(samples)
    quiet, loud = np.percentile(levels, [10, 90])
    speech = levels > max(loud - _SPEECH_RANGE_DB, _SPEECH_FLOOR_DBFS)
    return Measures(
        duration_s=len(samples) / SAMPLE_RATE,
        snr_db=round(float(loud - quiet), _DECIMALS),
        rms_dbfs=_dbfs(np.mean(np.square(samples, dtype=np.float64))),
        clipped_ratio=float(np.mean(np.abs(samples) >= _CLIPPED)),
        bandwidth_hz=_bandwidth_hz(samples),
        speech_ratio=float(speech.mean()),
    )


def _frame_levels_dbfs(samples: Samples) -> npt.NDArray[np.float64]:
    """Level of each 25 ms frame, every 10 ms, from one cumulative sum."""
    energy = np.concatenate([[0.0], np.cumsum(np.square(samples, dtype=np.float64))])
    starts = np.arange(0, max(len(samples) - _FRAME, 0) + 1, _HOP)
    ends = np.minimum(starts + _FRAME, len(samples))
    mean_square = (energy[ends] - energy[starts]) / (ends - starts)
    levels: npt.NDArray[np.float64] = 10 * np.log10(np.maximum(mean_square, 1e-10))
    return levels


def _dbfs(mean_square: np.floating) -> float:
    return round(10 * math.log10(max(float(mean_square), 1e-10)), _DECIMALS)


def _bandwidth_hz(samples: Samples) -> float:
    size = 512
    frames = max(len(samples) // size, 1)
    padded = np.zeros(frames * size, dtype=np.float32)
    padded[: min(len(samples), len(padded))] = samples[: len(padded)]
    window = np.hanning(size).astype(np.float32)
    spectrum = np.fft.rfft(padded.reshape(frames, size) * window, axis=-1)
    power = np.mean(np.abs(spectrum) ** 2, axis=0)
    if power.max() <= 0:
        return 0.0
    occupied = np.flatnonzero(power >= power.max() * 10 ** (-_BANDWIDTH_RANGE_DB / 10))
    return float(occupied[-1]) * SAMPLE_RATE / size
