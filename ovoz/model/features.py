"""Whisper's log-mel features in numpy, for training and serving alike.

The recipe is that of "Robust Speech Recognition via Large-Scale Weak Supervision" (Radford et al.,
2022) as released: 25 ms Hann windows, Slaney mel filters, log10 clamped to eight decades under the
loudest bin, mapped by (x + 4) / 4. Only the hop may differ from the original's 10 ms.

Not transformers' ``WhisperFeatureExtractor``: it pads to 30 s, fixes the hop, and the serving
install has no transformers. The tests compare the two.
"""

from functools import lru_cache
from typing import Final

import numpy as np
import numpy.typing as npt
from pydantic import BaseModel, ConfigDict, Field

from ovoz.audio.signal import SAMPLE_RATE, Samples

Features = npt.NDArray[np.float32]
"""Log-mel spectrogram, float32 [n_mels, F]."""

WINDOW_SAMPLES: Final = 400
"""Length of the analysis window and of the FFT: 25 ms."""

_POWER_FLOOR: Final = np.float32(1e-10)
_DECADES: Final = np.float32(8.0)


class LogMelConfig(BaseModel):
    """Shape of the features: ``n_mels`` bands, one frame every ``hop`` samples."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    n_mels: int = Field(default=80, ge=8, le=128)
    hop: int = Field(default=320, ge=80, le=WINDOW_SAMPLES)

    def count_frames(self, samples: int) -> int:
        """Frames of a signal with that many samples; a remainder under one hop is dropped."""
        return max(samples, WINDOW_SAMPLES) // self.hop


class LogMel:
    """Computes the log-mel spectrogram of a signal."""

    def __init__(self, config: LogMelConfig) -> None:
        self.config = config
        # Sparse to avoid BLAS, not to save flops: a BLAS product waits for all its threads, which
        # on a busy machine took longer than the recognition itself (32 ms instead of 0.01 ms).
        from scipy.sparse import csr_array  # half a second, which nobody else here needs

        self._filters = csr_array(mel_filters(config.n_mels))
        self._window = _hann()

    def __call__(self, samples: Samples) -> Features:
        """Features of one signal.

        Args:
            samples: float32 [T] at 16 kHz in [-1, 1]; under 25 ms, silence is appended.

        Returns:
            float32 [n_mels, F] with F = ``config.count_frames(T)``.

        Raises:
            ValueError: The signal is not one-dimensional or holds NaN or infinite samples.
        """
        if samples.ndim != 1:
            raise ValueError(f"features need a mono signal [T], got shape {list(samples.shape)}")
        frames = _slice_frames(np.asarray(samples, dtype=np.float32), self.config)
        spectrum = np.fft.rfft(frames * self._window, axis=-1)
        power = spectrum.real**2 + spectrum.imag**2
        log_mel = np.log10(np.maximum(self._filters @ power.T, _POWER_FLOOR))
        loudest = log_mel.max()
        if not np.isfinite(loudest):
            raise ValueError("the signal holds NaN or infinite samples: decode it again or drop it")
        features: Features = np.maximum(log_mel, loudest - _DECADES)
        return (features + np.float32(4.0)) / np.float32(4.0)


def _slice_frames(samples: Samples, config: LogMelConfig) -> npt.NDArray[np.float32]:
    """Overlapping windows [F, WINDOW_SAMPLES], centred, with reflected edges."""
    missing = WINDOW_SAMPLES - len(samples)
    filled = np.pad(samples, (0, missing)) if missing > 0 else samples
    padded = np.pad(filled, WINDOW_SAMPLES // 2, mode="reflect")
    windows = np.lib.stride_tricks.sliding_window_view(padded, WINDOW_SAMPLES)
    frames: npt.NDArray[np.float32] = windows[:: config.hop][: config.count_frames(len(samples))]
    return frames


@lru_cache(maxsize=1)
def _hann() -> npt.NDArray[np.float32]:
    """Periodic Hann window of the analysis."""
    phase = 2 * np.pi * np.arange(WINDOW_SAMPLES) / WINDOW_SAMPLES
    return (0.5 - 0.5 * np.cos(phase)).astype(np.float32)


@lru_cache(maxsize=4)
def mel_filters(n_mels: int) -> npt.NDArray[np.float32]:
    """Area-normalized triangular filters [n_mels, 201] on Slaney's mel scale, 0 Hz to 8 kHz."""
    nyquist = SAMPLE_RATE / 2
    bins = np.linspace(0, nyquist, 1 + WINDOW_SAMPLES // 2)
    edges = _mel_to_hertz(np.linspace(0, _hertz_to_mel(nyquist), n_mels + 2))
    lower, centre, upper = edges[:-2, None], edges[1:-1, None], edges[2:, None]
    rising = (bins - lower) / (centre - lower)
    falling = (upper - bins) / (upper - centre)
    triangles = np.maximum(0, np.minimum(rising, falling))
    return np.ascontiguousarray(triangles * 2 / (upper - lower), dtype=np.float32)


# Slaney's scale ("Auditory Toolbox", 1998): linear under 1 kHz, logarithmic above.
_LINEAR_HERTZ: Final = 200.0 / 3
_BREAK_HERTZ: Final = 1000.0
_BREAK_MEL: Final = _BREAK_HERTZ / _LINEAR_HERTZ
_LOG_STEP: Final = float(np.log(6.4) / 27.0)


def _hertz_to_mel(hertz: float) -> float:
    if hertz < _BREAK_HERTZ:
        return hertz / _LINEAR_HERTZ
    return float(_BREAK_MEL + np.log(hertz / _BREAK_HERTZ) / _LOG_STEP)


def _mel_to_hertz(mels: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    above = _BREAK_HERTZ * np.exp(_LOG_STEP * (mels - _BREAK_MEL))
    return np.where(mels < _BREAK_MEL, mels * _LINEAR_HERTZ, above)
