"""Training data: utterances as features and targets, augmented for every draw."""

import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol, Self, TypedDict

import numpy as np
import torch
from torch import Tensor
from torch.utils.data import Dataset

from ovoz.audio.signal import Seconds
from ovoz.corpus.manifest import Utterance
from ovoz.model.attention import PADDING
from ovoz.model.features import Features
from ovoz.training.batches import UtteranceDraw
from ovoz.training.config import StageConfig
from ovoz.training.rearrangement.rearranger import Rearranger
from ovoz.training.sounds import Heard, StageSounds
from ovoz.training.spec_augment import apply_spec_augment
from ovoz.training.targets import TargetEncoder


@dataclass(frozen=True, slots=True)
class TrainingExample:
    """The network's input, CTC labels and tokens (prompt to end) of one draw.

    ``features`` are log-mels float32 [n_mels, F], or outputs of frozen layers float32 [D, T].
    """

    features: Features
    labels: tuple[int, ...]
    tokens: tuple[int, ...] = ()


class Batch(TypedDict):
    """Padded examples: features [B, C, F], lengths [B], labels [B, N], label counts [B].

    ``tokens`` [B, K] are padded with :data:`~ovoz.model.attention.PADDING`; K is 0 without an
    attention head.
    """

    features: Tensor
    lengths: Tensor
    labels: Tensor
    label_counts: Tensor
    tokens: Tensor


@dataclass(frozen=True, slots=True)
class Drawn:
    """What the network hears in a draw, float32 [C, F], and what it says.

    ``text`` is None where it is the transcript of the utterance that was drawn.
    """

    features: Features
    text: str | None = None

    @classmethod
    def of(cls, heard: Heard, features: Features) -> Self:
        """An utterance as it was spoken, or noise, in which nobody says anything."""
        return cls(features, "" if heard is Heard.NOISE else None)


class DrawInputs(Protocol):
    """Gives the network's input for every draw of a stage."""

    def draw(self, draw: UtteranceDraw) -> Drawn:
        """The input of a draw, and what it says."""
        ...


class LogMelInputs:
    """Log-mel features, distorted anew for every draw.

    All randomness comes from (seed, stage, pass, utterance), so a draw gives the same features in
    every process and after a resume.
    """

    def __init__(
        self,
        utterances: Sequence[Utterance],
        sounds: StageSounds,
        stage: StageConfig,
        seed: int,
        rearranger: Rearranger | None = None,
    ) -> None:
        self._utterances = utterances
        self._sounds = sounds
        self._stage = stage
        self._seed = seed
        self._rearranger = rearranger

    def draw(self, draw: UtteranceDraw) -> Drawn:
        """The features of a draw, and what they say."""
        utterance = self._utterances[draw.index]
        rng = draw_generator(self._seed, self._stage, draw, utterance)
        heard = self._sounds.choose(rng)
        rearranged = None
        # No number is drawn for a stage that rearranges nothing: older runs keep their sequence.
        if self._rearranger is not None and heard is not Heard.NOISE:
            rearranged = self._rearranger.draw(utterance, rng)
        speech = rearranged.samples if rearranged is not None else None
        features = self._sounds.make_features(utterance, heard, rng, speech)
        if self._stage.spec_augment is not None and heard is not Heard.NOISE:
            features = apply_spec_augment(features, self._stage.spec_augment, rng)
        if rearranged is not None:
            return Drawn(features, rearranged.text)
        return Drawn.of(heard, features)


def draw_generator(
    seed: int, stage: StageConfig, draw: UtteranceDraw, utterance: Utterance
) -> np.random.Generator:
    """The source of every decision about a draw."""
    identity = [zlib.crc32(stage.name.encode()), zlib.crc32(utterance.id.encode())]
    return np.random.default_rng([seed, draw.epoch, *identity])


class StageDataset(Dataset[TrainingExample]):
    """The examples of a stage, by draw: what is heard, and what it says."""

    def __init__(
        self, utterances: Sequence[Utterance], encoder: TargetEncoder, inputs: DrawInputs
    ) -> None:
        self._utterances = utterances
        self._encoder = encoder
        self._targets = [encoder.encode(row.text) for row in utterances]
        self._inputs = inputs

    def __len__(self) -> int:
        return len(self._utterances)

    def duration_s(self, draw: UtteranceDraw) -> Seconds:
        """Duration of the audio of a draw, as recorded."""
        return self._utterances[draw.index].duration_s

    def __getitem__(self, draw: UtteranceDraw) -> TrainingExample:
        drawn = self._inputs.draw(draw)
        own = self._targets[draw.index]
        said = own if drawn.text is None else self._encoder.encode(drawn.text)
        return TrainingExample(drawn.features, *said)


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
