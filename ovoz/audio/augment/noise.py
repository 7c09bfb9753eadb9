"""Noise of several kinds, and its mixing at a level."""

from enum import StrEnum
from typing import Final, Protocol

import numpy as np
from scipy.fft import irfft, next_fast_len, rfft

from ovoz.audio.augment.level import at_level, rms
from ovoz.audio.signal import SAMPLE_RATE, Samples


class Noise(StrEnum):
    """A kind of background."""

    WHITE = "white"
    """The same power at every frequency: a recorder's hiss."""
    PINK = "pink"
    """Power falling with the frequency: rain, ventilation."""
    BROWN = "brown"
    """Power falling with its square: traffic, wind."""
    HUM = "hum"
    """Mains of 50 Hz with harmonics over a pink floor."""
    BABBLE = "babble"
    """Three to five other voices at once."""


class Voices(Protocol):
    """Utterances that babble is made of; a list of them, or something that reads them."""

    def __len__(self) -> int:
        """How many there are."""
        ...

    def __getitem__(self, place: int, /) -> Samples:
        """Samples of one."""
        ...


_SLOPES: Final = {Noise.WHITE: 0.0, Noise.PINK: 0.5, Noise.HUM: 0.5, Noise.BROWN: 1.0}
_MAINS_HZ: Final = 50
_HUM_HARMONICS: Final = (1, 2, 3, 5, 7)
_HUM_OVER_FLOOR: Final = 2.0
_BABBLE_VOICES: Final = (3, 5)


def make_noise(kind: Noise, length: int, rng: np.random.Generator, voices: Voices = ()) -> Samples:
    """Noise of one kind, float32 [length], at no particular level.

    Args:
        kind: What it sounds like.
        length: Number of samples.
        rng: Source of every decision.
        voices: What babble is made of.

    Raises:
        ValueError: Babble without voices.
    """
    if kind is Noise.BABBLE:
        return _babble(length, rng, voices)
    noise = _coloured(length, _SLOPES[kind], rng)
    if kind is Noise.HUM:
        noise += at_level(_hum(length, rng), _HUM_OVER_FLOOR * rms(noise))
    return noise


def add_noise(samples: Samples, noise: Samples, snr_db: float) -> Samples:
    """Mix ``noise`` [T] in, ``snr_db`` under the mean level of ``samples`` [T]."""
    mixed: Samples = samples + at_level(noise, rms(samples) * 10 ** (-snr_db / 20))
    return mixed


def _coloured(length: int, slope: float, rng: np.random.Generator) -> Samples:
    """Gaussian noise whose amplitude falls with the frequency to the power of ``slope``."""
    noise = rng.standard_normal(length, dtype=np.float32)
    if slope == 0:
        return noise
    size = next_fast_len(length, real=True)
    spectrum = rfft(noise, size)
    spectrum *= np.maximum(np.arange(len(spectrum), dtype=np.float32), 1.0) ** -np.float32(slope)
    coloured: Samples = irfft(spectrum, size)[:length]
    return coloured


def _hum(length: int, rng: np.random.Generator) -> Samples:
    turns = np.arange(length, dtype=np.float32) * np.float32(_MAINS_HZ / SAMPLE_RATE)
    hum = np.zeros(length, dtype=np.float32)
    for harmonic in _HUM_HARMONICS:
        phase = rng.uniform(0, 2 * np.pi)
        hum += np.sin(2 * np.pi * harmonic * turns + phase, dtype=np.float32) / harmonic
    return hum


def _babble(length: int, rng: np.random.Generator, voices: Voices) -> Samples:
    if not len(voices):
        raise ValueError("babble needs other voices to be made of")
    babble = np.zeros(length, dtype=np.float32)
    for _ in range(rng.integers(*_BABBLE_VOICES, endpoint=True)):
        voice = voices[int(rng.integers(len(voices)))]
        if len(voice):
            babble += at_level(np.resize(np.roll(voice, rng.integers(len(voice))), length), 1.0)
    return babble
