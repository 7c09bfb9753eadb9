"""Augmentation: the rooms, noises, telephones and codecs that a clean recording has not met."""

import io
from enum import StrEnum
from typing import Final

import numpy as np
import soundfile
import soxr
from pydantic import BaseModel, ConfigDict, Field
from scipy.signal import butter, fftconvolve, sosfilt

from ovoz.audio.signal import SAMPLE_RATE, Samples

Share = float
Range = tuple[float, float]

_TELEPHONE_RATE: Final = 8_000
_TELEPHONE_BAND: Final = butter(4, (300, 3400), "bandpass", fs=_TELEPHONE_RATE, output="sos")


class Codec(StrEnum):
    """A lossy way of storing speech."""

    MU_LAW = "mu-law"
    """G.711, 8 kHz: fixed telephone lines."""
    GSM = "gsm"
    """GSM 06.10 full rate, 8 kHz."""
    OPUS = "opus"
    """Opus in Ogg: voice messages."""
    MP3 = "mp3"


_CONTAINERS: Final = {
    Codec.MU_LAW: ("WAV", "ULAW", _TELEPHONE_RATE),
    Codec.GSM: ("WAV", "GSM610", _TELEPHONE_RATE),
    Codec.OPUS: ("OGG", "OPUS", SAMPLE_RATE),
    Codec.MP3: ("MP3", "MPEG_LAYER_III", SAMPLE_RATE),
}


class AugmentConfig(BaseModel):
    """How often each distortion happens (shares in [0, 1]) and within what limits.

    ``speed`` is a factor (1.1: faster and higher), ``snr_db`` the level of speech over noise,
    ``gain_db`` a change of level, ``reverberation_s`` the time in which a room's echo falls by
    60 dB (RT60).
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    speed_share: Share = Field(default=0.3, ge=0, le=1)
    speed: Range = (0.9, 1.1)
    room_share: Share = Field(default=0.3, ge=0, le=1)
    reverberation_s: Range = (0.1, 0.5)
    noise_share: Share = Field(default=0.6, ge=0, le=1)
    snr_db: Range = (8.0, 25.0)
    telephone_share: Share = Field(default=0.15, ge=0, le=1)
    codec_share: Share = Field(default=0.15, ge=0, le=1)
    codecs: tuple[Codec, ...] = tuple(Codec)
    gain_share: Share = Field(default=0.5, ge=0, le=1)
    gain_db: Range = (-12.0, 6.0)


def augment(samples: Samples, config: AugmentConfig, rng: np.random.Generator) -> Samples:
    """Distort a signal; the same generator state gives the same result.

    The order is that of the world: the voice, the room, the noise in it, the line, the recorder.

    Args:
        samples: float32 [T] at 16 kHz in [-1, 1], not empty.
        config: Shares and limits.
        rng: Source of every decision.

    Returns:
        float32 [T'] at 16 kHz in [-1, 1]; T' differs from T when the speed was changed.
    """
    happens = rng.random(6) < (
        config.speed_share,
        config.room_share,
        config.noise_share,
        config.telephone_share,
        config.codec_share,
        config.gain_share,
    )
    speed, room, noise, telephone, codec, gain = happens
    if speed:
        samples = change_speed(samples, rng.uniform(*config.speed))
    if room:
        samples = add_room(samples, rng.uniform(*config.reverberation_s), rng)
    if noise:
        samples = add_noise(samples, rng.uniform(*config.snr_db), rng)
    if telephone:
        samples = telephone_band(samples)
    if gain:
        samples = (samples * 10 ** (rng.uniform(*config.gain_db) / 20)).astype(np.float32)
    if codec and config.codecs:
        samples = through_codec(samples, config.codecs[rng.integers(len(config.codecs))])
    return np.clip(samples, -1.0, 1.0).astype(np.float32, copy=False)


def change_speed(samples: Samples, factor: float) -> Samples:
    """Play ``factor`` times as fast; pitch moves with it."""
    changed: Samples = soxr.resample(samples, SAMPLE_RATE * factor, SAMPLE_RATE, quality="MQ")
    return changed


def add_room(samples: Samples, reverberation_s: float, rng: np.random.Generator) -> Samples:
    """Convolve with an impulse response of exponentially decaying noise (Polack's model).

    The direct sound keeps its place and level; the echo's level falls by 60 dB in
    ``reverberation_s``.
    """
    time_s = np.arange(int(reverberation_s * SAMPLE_RATE), dtype=np.float32) / SAMPLE_RATE
    response = rng.standard_normal(len(time_s), dtype=np.float32)
    response *= np.exp(-6.908 * time_s / reverberation_s).astype(np.float32)
    direct_to_echo_db = rng.uniform(0, 12)
    energy = float(np.sum(response[1:] ** 2)) or 1.0
    response *= np.float32(10 ** (-direct_to_echo_db / 20) / np.sqrt(energy))
    response[0] = 1.0
    wet = fftconvolve(samples, response)[: len(samples)]
    return _at_level_of(samples, wet)


def add_noise(samples: Samples, snr_db: float, rng: np.random.Generator) -> Samples:
    """Add white, pink or brown noise or mains hum at ``snr_db`` under the signal's mean level."""
    noise = _noise(len(samples), rng)
    level = _rms(samples) * 10 ** (-snr_db / 20)
    return (samples + noise * (level / max(_rms(noise), 1e-9))).astype(np.float32)


def _noise(length: int, rng: np.random.Generator) -> Samples:
    slope = rng.choice([0.0, 0.5, 1.0])
    # A transform of a fast length; the tail is cut.
    size = 1 << max(length - 1, 1).bit_length()
    spectrum = np.fft.rfft(rng.standard_normal(size, dtype=np.float32))
    spectrum *= np.maximum(np.arange(len(spectrum)), 1.0) ** -slope
    noise = np.fft.irfft(spectrum)[:length].astype(np.float32)
    if rng.random() < 0.15:
        time_s = np.arange(length) / SAMPLE_RATE
        hum = sum(np.sin(2 * np.pi * 50 * harmonic * time_s) / harmonic for harmonic in (1, 2, 3))
        noise = (noise + hum * _rms(noise) * 2).astype(np.float32)
    return noise


def telephone_band(samples: Samples) -> Samples:
    """Sampled at 8 kHz, between 300 and 3400 Hz."""
    narrow = soxr.resample(samples, SAMPLE_RATE, _TELEPHONE_RATE, quality="MQ")
    narrow = sosfilt(_TELEPHONE_BAND, narrow).astype(np.float32)
    return _fit(soxr.resample(narrow, _TELEPHONE_RATE, SAMPLE_RATE, quality="MQ"), len(samples))


def through_codec(samples: Samples, codec: Codec) -> Samples:
    """Encode and decode; the length stays."""
    container, subtype, rate = _CONTAINERS[codec]
    signal = np.clip(samples, -1.0, 1.0)
    if rate != SAMPLE_RATE:
        signal = soxr.resample(signal, SAMPLE_RATE, rate, quality="MQ")
    file = io.BytesIO()
    soundfile.write(file, signal, rate, format=container, subtype=subtype)
    file.seek(0)
    decoded, decoded_rate = soundfile.read(file, dtype="float32")
    if decoded_rate != SAMPLE_RATE:
        decoded = soxr.resample(decoded, decoded_rate, SAMPLE_RATE, quality="MQ")
    return _fit(decoded, len(samples))


def _fit(samples: Samples, length: int) -> Samples:
    short = max(length - len(samples), 0)
    return np.pad(samples[:length], (0, short)).astype(np.float32, copy=False)


def _rms(samples: Samples) -> float:
    return float(np.sqrt(np.mean(np.square(samples, dtype=np.float64)))) if len(samples) else 0.0


def _at_level_of(reference: Samples, samples: Samples) -> Samples:
    return (samples * (_rms(reference) / max(_rms(samples), 1e-9))).astype(np.float32)
