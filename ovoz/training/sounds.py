"""What is heard in the draws of a stage: recordings, distorted recordings, and noise."""

from collections.abc import Sequence
from enum import StrEnum
from typing import Final

import numpy as np

from ovoz.audio.augment import (
    AugmentConfig,
    Noise,
    RecordedSounds,
    augment,
    draw_noise,
    make_noise,
)
from ovoz.audio.signal import Samples
from ovoz.corpus.manifest import Utterance
from ovoz.model.features import Features
from ovoz.training.audio_cache import AudioCache
from ovoz.training.config import StageConfig

_SILENCE_SHARE: Final = 0.1
"""Share of digital silence among the draws without speech."""


class Heard(StrEnum):
    """What a draw lets the network hear in the place of an utterance."""

    RECORDING = "recording"
    DISTORTED = "distorted"
    NOISE = "noise"


class _StageVoices:
    """All utterances of a stage, as voices for babble."""

    def __init__(self, utterances: Sequence[Utterance], cache: AudioCache) -> None:
        self._utterances = utterances
        self._cache = cache

    def __len__(self) -> int:
        return len(self._utterances)

    def __getitem__(self, place: int) -> Samples:
        return self._cache.load_samples(self._utterances[place])


class StageSounds:
    """The sounds of a stage; all randomness comes from the generators that are passed in.

    Args:
        utterances: Rows that babble is made of.
        cache: Reads audio and computes features.
        stage: Shares and settings of noise and distortions.
        recorded: Recordings of noise and rooms.
    """

    def __init__(
        self,
        utterances: Sequence[Utterance],
        cache: AudioCache,
        stage: StageConfig,
        recorded: RecordedSounds,
    ) -> None:
        self._cache = cache
        self._voices = _StageVoices(utterances, cache)
        self._stage = stage
        self._recorded = recorded

    def choose(self, rng: np.random.Generator) -> Heard:
        """Draw what is heard, in the shares of the stage."""
        # No number is drawn for a stage without noise: older runs keep their random sequence.
        if self._stage.noise_share and rng.random() < self._stage.noise_share:
            return Heard.NOISE
        if self._stage.augment is None or rng.random() >= self._stage.augment_share:
            return Heard.RECORDING
        return Heard.DISTORTED

    def make_features(
        self,
        utterance: Utterance,
        heard: Heard,
        rng: np.random.Generator,
        speech: Samples | None = None,
    ) -> Features:
        """Features of what is heard in the place of an utterance; callers must not modify them.

        ``speech`` is heard rather than the recording of the utterance, if given.
        """
        if heard is Heard.NOISE:
            length = len(self._cache.load_samples(utterance))
            return self._cache.compute_features(self._make_non_speech(length, rng))
        if heard is Heard.RECORDING or self._stage.augment is None:
            if speech is not None:
                return self._cache.compute_features(speech)
            return self._cache.clean_features(utterance)
        samples = self._cache.load_samples(utterance) if speech is None else speech
        distorted = augment(samples, self._stage.augment, rng, self._voices, self._recorded)
        return self._cache.compute_features(distorted)

    def _make_non_speech(self, length: int, rng: np.random.Generator) -> Samples:
        recordings = self._recorded.noise
        share = (self._stage.augment or AugmentConfig()).recorded_noise_share
        if len(recordings) and rng.random() < share:
            return _set_random_level(draw_noise(recordings, length, rng), rng)
        return make_non_speech(length, rng)


def make_non_speech(length: int, rng: np.random.Generator) -> Samples:
    """Noise of any colour with a peak from -80 to 0 dBFS, or silence, float32 [length]."""
    kind = rng.choice([kind for kind in Noise if kind is not Noise.BABBLE])
    noise = make_noise(Noise(kind), length, rng)
    return _set_random_level(noise, rng)


def _set_random_level(noise: Samples, rng: np.random.Generator) -> Samples:
    level = 10 ** rng.uniform(-4, 0) if rng.random() > _SILENCE_SHARE else 0.0
    scaled: Samples = (level * noise / max(float(np.abs(noise).max()), 1e-9)).astype(np.float32)
    return scaled
