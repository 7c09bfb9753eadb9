"""Conditions that are made on the fly from clean test clips, the same in every run."""

import zlib
from collections.abc import Callable
from enum import StrEnum
from typing import Final

import numpy as np
from pydantic import BaseModel, ConfigDict, Field

from ovoz.audio.augment import (
    Codec,
    Noise,
    add_noise,
    add_reverberation,
    apply_codec,
    apply_telephone_band,
    change_speed,
    make_noise,
)
from ovoz.audio.signal import SAMPLE_RATE, Samples
from ovoz.corpus.manifest import Condition

RECORDED: Final = tuple(Condition)
"""Conditions that a manifest knows."""


class Distortion(StrEnum):
    """What is done to a clean clip before it is transcribed."""

    NOISY_20 = "noisy-20db"
    NOISY_10 = "noisy-10db"
    NOISY_5 = "noisy-5db"
    NOISY_0 = "noisy-0db"
    TELEPHONE = "telephone"
    CODEC = "codec"
    FAST = "fast"
    FAR = "far"


_Change = Callable[[Samples, np.random.Generator], Samples]


def _noisy(snr_db: float) -> _Change:
    return lambda samples, rng: add_noise(
        samples, make_noise(Noise.PINK, len(samples), rng), snr_db
    )


def _far(samples: Samples, rng: np.random.Generator) -> Samples:
    """A live room, and the noise that distance lets through."""
    room = add_reverberation(samples, 0.6, rng)
    return add_noise(room, make_noise(Noise.BROWN, len(room), rng), 20)


_CHANGES: Final[dict[Distortion, _Change]] = {
    Distortion.NOISY_20: _noisy(20),
    Distortion.NOISY_10: _noisy(10),
    Distortion.NOISY_5: _noisy(5),
    Distortion.NOISY_0: _noisy(0),
    Distortion.TELEPHONE: lambda samples, _: apply_codec(
        apply_telephone_band(samples), Codec.MU_LAW
    ),
    Distortion.CODEC: lambda samples, _: apply_codec(samples, Codec.MP3),
    Distortion.FAST: lambda samples, _: change_speed(samples, 1.15),
    Distortion.FAR: _far,
}


class EvaluationConfig(BaseModel):
    """What is measured beside the recorded test sets; each costs time.

    ``clips`` clean test clips go through every distortion; ``silence_s`` is the length of each
    recording without speech, ``long_s`` that of the recording made of all test clips (0: none is
    made). ``timed_clips`` are transcribed by the model and its reference in
    turn.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    distortions: tuple[Distortion, ...] = tuple(Distortion)
    clips: int = Field(default=24, ge=1)
    silence_s: float = Field(default=10.0, gt=0, le=600)
    long_s: float = Field(default=3600.0, ge=0, le=36_000)
    timed_clips: int = Field(default=40, ge=10)


def distort(samples: Samples, kind: Distortion, clip: str) -> Samples:
    """``samples`` [T] at 16 kHz as ``kind`` leaves them; ``clip`` and ``kind`` seed the noise."""
    rng = np.random.default_rng(zlib.crc32(f"{kind}/{clip}".encode()))
    changed = _CHANGES[kind](samples, rng)
    return np.clip(changed, -1.0, 1.0).astype(np.float32, copy=False)


def make_speechless_clips(seconds: float) -> list[Samples]:
    """Digital silence, and every noise but babble at a quiet and a loud level; fixed."""
    length = round(seconds * SAMPLE_RATE)
    clips: list[Samples] = [np.zeros(length, np.float32)]
    for number, kind in enumerate(one for one in Noise if one is not Noise.BABBLE):
        noise = make_noise(kind, length, np.random.default_rng(number))
        noise = noise / np.max(np.abs(noise))
        clips += [(level * noise).astype(np.float32) for level in (0.01, 0.3)]
    return clips
