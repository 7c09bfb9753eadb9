"""Synthetic noise of several kinds, mixed in at a given SNR."""

from enum import StrEnum
from typing import Final, Protocol

import numpy as np
from scipy.fft import irfft, next_fast_len, rfft

from ovoz.audio.augment.level import rms, set_level, speech_level
from ovoz.audio.signal import SAMPLE_RATE, Samples


class Noise(StrEnum):
    """Kinds of noise."""

    WHITE = "white"
    """The same power at every frequency: a recorder's hiss."""
    PINK = "pink"
    """Power falling with the frequency: rain, ventilation."""
    BROWN = "brown"
    """Power falling with the square of the frequency: traffic, wind."""
    HUM = "hum"
    """50 Hz mains hum with harmonics over pink noise."""
    BABBLE = "babble"
    """Three to five voices at once."""


class BabbleVoices(Protocol):
    """Utterances to make babble of: a list, or an object that loads them on access."""

    def __len__(self) -> int:
        """Number of utterances."""
        ...

    def __getitem__(self, place: int, /) -> Samples:
        """Samples of one utterance."""
        ...


_SLOPES: Final = {Noise.WHITE: 0.0, Noise.PINK: 0.5, Noise.HUM: 0.5, Noise.BROWN: 1.0}
_MAINS_HZ: Final = 50
_HUM_HARMONICS: Final = (1, 2, 3, 5, 7)
_HUM_OVER_FLOOR: Final = 2.0
_BABBLE_VOICES: Final = (3, 5)


def make_noise(
    kind: Noise, length: int, rng: np.random.Generator, voices: BabbleVoices = ()
) -> Samples:
    """Synthesise noise of one kind, float32 [length], at an arbitrary level.

    Args:
        kind: Kind of noise.
        length: Number of samples.
        rng: Source of every decision.
        voices: Utterances to make babble of.

    Raises:
        ValueError: ``kind`` is babble and there are no voices.
    """
    if kind is Noise.BABBLE:
        return _make_babble(length, rng, voices)
    noise = _make_coloured(length, _SLOPES[kind], rng)
    if kind is Noise.HUM:
        noise += set_level(_make_hum(length, rng), _HUM_OVER_FLOOR * rms(noise))
    return noise


def add_noise(samples: Samples, noise: Samples, snr_db: float) -> Samples:
    """Add ``noise`` [T], ``snr_db`` below the level of the speech in ``samples`` [T]."""
    mixed: Samples = samples + set_level(noise, speech_level(samples) * 10 ** (-snr_db / 20))
    return mixed


def _make_coloured(length: int, slope: float, rng: np.random.Generator) -> Samples:
    """Gaussian noise whose amplitude falls with the frequency to the power of ``slope``."""
    noise = rng.standard_normal(length, dtype=np.float32)
    if slope == 0:
        return noise
    size = next_fast_len(length, real=True)
    spectrum = rfft(noise, size)
    spectrum *= np.maximum(np.arange(len(spectrum), dtype=np.float32), 1.0) ** -np.float32(slope)
    coloured: Samples = irfft(spectrum, size)[:length]
    return coloured


def _make_hum(length: int, rng: np.random.Generator) -> Samples:
    turns = np.arange(length, dtype=np.float32) * np.float32(_MAINS_HZ / SAMPLE_RATE)
    hum = np.zeros(length, dtype=np.float32)
    for harmonic in _HUM_HARMONICS:
        phase = rng.uniform(0, 2 * np.pi)
        hum += np.sin(2 * np.pi * harmonic * turns + phase, dtype=np.float32) / harmonic
    return hum


def _make_babble(length: int, rng: np.random.Generator, voices: BabbleVoices) -> Samples:
    if not len(voices):
        raise ValueError("babble needs other voices to be made of")
    babble = np.zeros(length, dtype=np.float32)
    for _ in range(rng.integers(*_BABBLE_VOICES, endpoint=True)):
        voice = voices[int(rng.integers(len(voices)))]
        if len(voice):
            babble += set_level(np.resize(np.roll(voice, rng.integers(len(voice))), length), 1.0)
    return babble
