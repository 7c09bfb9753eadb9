"""Training data: utterances as features and targets, augmented for every draw."""

import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, TypedDict

import numpy as np
import torch
from torch import Tensor
from torch.utils.data import Dataset

from ovoz.audio.augment import (
    AugmentConfig,
    Noise,
    RecordedSounds,
    augment,
    draw_noise,
    make_noise,
)
from ovoz.audio.signal import Samples, Seconds
from ovoz.corpus.manifest import Utterance
from ovoz.model.attention import PADDING
from ovoz.model.checkpoint import Checkpoint
from ovoz.model.features import Features
from ovoz.training.audio_cache import AudioCache
from ovoz.training.batches import UtteranceDraw
from ovoz.training.config import StageConfig
from ovoz.training.spec_augment import apply_spec_augment

_SILENCE_SHARE: Final = 0.1
"""Share of digital silence among the draws without speech."""


@dataclass(frozen=True, slots=True)
class TrainingExample:
    """Features float32 [n_mels, F], CTC labels and tokens (prompt to end) of one draw."""

    features: Features
    labels: tuple[int, ...]
    tokens: tuple[int, ...] = ()


class Batch(TypedDict):
    """Padded examples: features [B, M, F], lengths [B], labels [B, N], label counts [B].

    ``tokens`` [B, K] are padded with :data:`~ovoz.model.attention.PADDING`; K is 0 without an
    attention head.
    """

    features: Tensor
    lengths: Tensor
    labels: Tensor
    label_counts: Tensor
    tokens: Tensor


class _StageVoices:
    """All utterances of a stage, as voices for babble."""

    def __init__(self, utterances: Sequence[Utterance], cache: AudioCache) -> None:
        self._utterances = utterances
        self._cache = cache

    def __len__(self) -> int:
        return len(self._utterances)

    def __getitem__(self, place: int) -> Samples:
        return self._cache.load_samples(self._utterances[place])


class StageDataset(Dataset[TrainingExample]):
    """The examples of a stage, by draw.

    All randomness comes from (seed, stage, pass, utterance), so a draw gives the same example in
    every process and after a resume.
    """

    def __init__(
        self,
        utterances: Sequence[Utterance],
        checkpoint: Checkpoint,
        cache: AudioCache,
        stage: StageConfig,
        seed: int,
        recorded: RecordedSounds,
    ) -> None:
        self._utterances = utterances
        self._targets = [encode_targets(checkpoint, row.text) for row in utterances]
        self._no_speech = encode_targets(checkpoint, "")
        self._cache = cache
        self._voices = _StageVoices(utterances, cache)
        self._stage = stage
        self._seed = seed
        self._recorded = recorded

    def __len__(self) -> int:
        return len(self._utterances)

    def duration_s(self, draw: UtteranceDraw) -> Seconds:
        """Duration of the audio of a draw, as recorded."""
        return self._utterances[draw.index].duration_s

    def __getitem__(self, draw: UtteranceDraw) -> TrainingExample:
        utterance = self._utterances[draw.index]
        identity = [zlib.crc32(self._stage.name.encode()), zlib.crc32(utterance.id.encode())]
        rng = np.random.default_rng([self._seed, draw.epoch, *identity])
        # No number is drawn for a stage without noise: older runs keep their random sequence.
        if self._stage.noise_share and rng.random() < self._stage.noise_share:
            noise = self._make_non_speech(len(self._cache.load_samples(utterance)), rng)
            return TrainingExample(self._cache.compute_features(noise), *self._no_speech)
        features = self._augment(utterance, rng)
        if self._stage.spec_augment is not None:
            features = apply_spec_augment(features, self._stage.spec_augment, rng)
        return TrainingExample(features, *self._targets[draw.index])

    def _make_non_speech(self, length: int, rng: np.random.Generator) -> Samples:
        recordings = self._recorded.noise
        share = (self._stage.augment or AugmentConfig()).recorded_noise_share
        if len(recordings) and rng.random() < share:
            return _set_random_level(draw_noise(recordings, length, rng), rng)
        return make_non_speech(length, rng)

    def _augment(self, utterance: Utterance, rng: np.random.Generator) -> Features:
        stage = self._stage
        if stage.augment is None or rng.random() >= stage.augment_share:
            return self._cache.clean_features(utterance)
        samples = augment(
            self._cache.load_samples(utterance), stage.augment, rng, self._voices, self._recorded
        )
        return self._cache.compute_features(samples)


def make_non_speech(length: int, rng: np.random.Generator) -> Samples:
    """Noise of any colour with a peak from -80 to 0 dBFS, or silence, float32 [length]."""
    kind = rng.choice([kind for kind in Noise if kind is not Noise.BABBLE])
    noise = make_noise(Noise(kind), length, rng)
    return _set_random_level(noise, rng)


def _set_random_level(noise: Samples, rng: np.random.Generator) -> Samples:
    level = 10 ** rng.uniform(-4, 0) if rng.random() > _SILENCE_SHARE else 0.0
    scaled: Samples = (level * noise / max(float(np.abs(noise).max()), 1e-9)).astype(np.float32)
    return scaled


def encode_targets(checkpoint: Checkpoint, text: str) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """CTC labels of a transcript, and its tokens from the prompt to the end.

    Empty where the network lacks the head.

    Raises:
        TokenizerError: A character is outside the alphabet.
    """
    labels = checkpoint.tokenizer.encode(text)
    tokens = checkpoint.tokens
    ids = (*tokens.prompt, *tokens.encode(text), tokens.end) if tokens else ()
    return tuple(labels) if checkpoint.network.config.has_ctc else (), ids


def collate(examples: Sequence[TrainingExample]) -> Batch:
    """Pad examples to one batch."""
    lengths = [example.features.shape[1] for example in examples]
    counts = [len(example.labels) for example in examples]
    bands = examples[0].features.shape[0]
    features = torch.zeros(len(examples), bands, max(lengths))
    labels = torch.zeros(len(examples), max(counts), dtype=torch.int64)
    longest = max(len(example.tokens) for example in examples)
    tokens = torch.full((len(examples), longest), PADDING)
    for row, example in enumerate(examples):
        features[row, :, : lengths[row]] = torch.from_numpy(example.features)
        labels[row, : counts[row]] = torch.tensor(example.labels)
        tokens[row, : len(example.tokens)] = torch.tensor(example.tokens)
    return Batch(
        features=features,
        lengths=torch.tensor(lengths),
        labels=labels,
        label_counts=torch.tensor(counts),
        tokens=tokens,
    )
