"""Utterances as features and labels: decoded once, distorted anew for every draw."""

import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TypedDict

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor
from torch.utils.data import Dataset

from ovoz.audio.augment import Noise, augment, make_noise
from ovoz.audio.decode import decode
from ovoz.audio.signal import Samples, Seconds
from ovoz.corpus.manifest import Utterance
from ovoz.model.attention import PADDING
from ovoz.model.checkpoint import Checkpoint
from ovoz.model.features import Features, LogMel, LogMelConfig
from ovoz.training.batches import Draw
from ovoz.training.config import StageConfig
from ovoz.training.spec_augment import distort

_INT16: Final = 32_767
_DIGITAL_SILENCE: Final = 0.1


@dataclass(frozen=True, slots=True)
class Example:
    """Features float32 [n_mels, F], CTC labels and tokens (prompt to end) of one draw."""

    features: Features
    labels: tuple[int, ...]
    tokens: tuple[int, ...] = ()


class Batch(TypedDict):
    """Examples padded with zeros: features [B, M, F], lengths [B], labels [B, N], counts [B].

    ``tokens`` [B, K] are padded with :data:`~ovoz.model.attention.PADDING`; K is 0 where there is
    no attention head.
    """

    features: Tensor
    lengths: Tensor
    labels: Tensor
    label_counts: Tensor
    tokens: Tensor


class AudioCache:
    """Decoded audio as int16, and features of clean audio, up to a limit in megabytes.

    What does not fit is read and computed again every time, so the size of the corpus is not
    bounded by memory.
    """

    def __init__(self, root: Path, features: LogMelConfig, limit_mb: int) -> None:
        self._root = root
        self._log_mel = LogMel(features)
        self._left = limit_mb * 2**20
        self._audio: dict[str, npt.NDArray[np.int16]] = {}
        self._features: dict[str, Features] = {}

    def samples(self, utterance: Utterance) -> Samples:
        """Audio of an utterance, float32 [T] at 16 kHz."""
        stored = self._audio.get(utterance.id)
        if stored is None:
            decoded = decode(self._root / utterance.audio)
            stored = np.round(np.clip(decoded, -1, 1) * _INT16).astype(np.int16)
            if self._fits(stored.nbytes):
                self._audio[utterance.id] = stored
        return stored.astype(np.float32) / np.float32(_INT16)

    def clean_features(self, utterance: Utterance) -> Features:
        """Features of the audio as recorded; not to be written to."""
        stored = self._features.get(utterance.id)
        if stored is None:
            stored = self._log_mel(self.samples(utterance))
            if self._fits(stored.nbytes):
                self._features[utterance.id] = stored
        return stored

    def features(self, samples: Samples) -> Features:
        """Features of any signal."""
        return self._log_mel(samples)

    def _fits(self, size: int) -> bool:
        if size > self._left:
            return False
        self._left -= size
        return True


class _Voices:
    """All utterances of a stage, for babble."""

    def __init__(self, utterances: Sequence[Utterance], cache: AudioCache) -> None:
        self._utterances = utterances
        self._cache = cache

    def __len__(self) -> int:
        return len(self._utterances)

    def __getitem__(self, place: int) -> Samples:
        return self._cache.samples(self._utterances[place])


class StageDataset(Dataset[Example]):
    """The draws of a stage.

    All randomness comes from (seed, stage, pass, utterance): the same draw gives the same example
    in any process, at any time.
    """

    def __init__(
        self,
        utterances: Sequence[Utterance],
        start: Checkpoint,
        cache: AudioCache,
        stage: StageConfig,
        seed: int,
    ) -> None:
        self._utterances = utterances
        self._targets = [targets(start, utterance.text) for utterance in utterances]
        self._nothing = targets(start, "")
        self._cache = cache
        self._voices = _Voices(utterances, cache)
        self._stage = stage
        self._seed = seed

    def __len__(self) -> int:
        return len(self._utterances)

    def duration_s(self, draw: Draw) -> Seconds:
        """Seconds of a draw's audio as recorded."""
        return self._utterances[draw.index].duration_s

    def __getitem__(self, draw: Draw) -> Example:
        utterance = self._utterances[draw.index]
        identity = [zlib.crc32(self._stage.name.encode()), zlib.crc32(utterance.id.encode())]
        rng = np.random.default_rng([self._seed, draw.epoch, *identity])
        # Not asked where the stage has none: older runs keep their random numbers.
        if self._stage.noise_share and rng.random() < self._stage.noise_share:
            samples = len(self._cache.samples(utterance))
            return Example(self._cache.features(without_speech(samples, rng)), *self._nothing)
        features = self._heard(utterance, rng)
        if self._stage.spec_augment is not None:
            features = distort(features, self._stage.spec_augment, rng)
        return Example(features, *self._targets[draw.index])

    def _heard(self, utterance: Utterance, rng: np.random.Generator) -> Features:
        stage = self._stage
        if stage.augment is None or rng.random() >= stage.augment_share:
            return self._cache.clean_features(utterance)
        samples = augment(self._cache.samples(utterance), stage.augment, rng, self._voices)
        return self._cache.features(samples)


def without_speech(samples: int, rng: np.random.Generator) -> Samples:
    """Noise of any colour and level, or digital silence, float32 [samples]."""
    kind = rng.choice([one for one in Noise if one is not Noise.BABBLE])
    noise = make_noise(Noise(kind), samples, rng)
    # Peaks from -80 dBFS to full scale; one in ten is digital silence.
    level = 10 ** rng.uniform(-4, 0) if rng.random() > _DIGITAL_SILENCE else 0.0
    quiet: Samples = (level * noise / max(float(np.abs(noise).max()), 1e-9)).astype(np.float32)
    return quiet


def targets(start: Checkpoint, text: str) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """CTC labels of a transcript, and its tokens from the prompt to the end.

    What the network has no head for is empty.

    Raises:
        TokenizerError: A character is outside the alphabet.
    """
    labels = start.tokenizer.encode(text)
    tokens = start.tokens
    spelled = (*tokens.prompt, *tokens.encode(text), tokens.end) if tokens else ()
    return tuple(labels) if start.network.config.has_ctc else (), spelled


def collate(examples: Sequence[Example]) -> Batch:
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
