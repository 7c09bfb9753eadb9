"""Kept outputs of frozen layers in the place of log-mel features."""

from collections.abc import Iterable, Sequence

import numpy as np

from ovoz.corpus.manifest import Utterance
from ovoz.model.features import Features
from ovoz.training.batches import UtteranceDraw
from ovoz.training.config import FreezeConfig, SpecAugmentConfig
from ovoz.training.dataset import Drawn, draw_generator
from ovoz.training.frozen.names import OutputNames, Source
from ovoz.training.frozen.store import OutputStore
from ovoz.training.job import StageJob
from ovoz.training.sounds import Heard, StageSounds
from ovoz.training.spec_augment import draw_mask


class FrozenInputs:
    """The kept output for every draw of a stage, masked anew.

    Masks and what is heard depend on the pass, as without the cache; distorted copies take turns.
    """

    def __init__(
        self,
        utterances: Sequence[Utterance],
        sounds: StageSounds,
        names: OutputNames,
        store: OutputStore,
        job: StageJob,
        freeze: FreezeConfig,
    ) -> None:
        self._utterances = utterances
        self._sounds = sounds
        self._names = names
        self._store = store
        self._stage = job.stage
        self._seed = job.config.seed
        self._copies = freeze.copies
        self._n_mels = job.start.network.config.n_mels

    def find_sources(self, draws: Iterable[UtteranceDraw]) -> dict[str, Source]:
        """What the outputs of some draws are computed of, by the names of the outputs."""
        sources: dict[tuple[int, Heard, int], Source] = {}
        for draw in draws:
            source = self._source(draw, self._generator(draw))
            sources[draw.index, source.heard, source.copy] = source
        return {self._names.name(source): source for source in sources.values()}

    def draw(self, draw: UtteranceDraw) -> Drawn:
        """What is heard in a draw, and the outputs of the frozen layers for it."""
        rng = self._generator(draw)
        source = self._source(draw, rng)
        outputs = self._store.load(self._names.name(source))
        if self._stage.spec_augment is not None and source.heard is not Heard.NOISE:
            mask_outputs(outputs, self._stage.spec_augment, self._n_mels, rng)
        return Drawn.of(source.heard, outputs)

    def _generator(self, draw: UtteranceDraw) -> np.random.Generator:
        return draw_generator(self._seed, self._stage, draw, self._utterances[draw.index])

    def _source(self, draw: UtteranceDraw, rng: np.random.Generator) -> Source:
        heard = self._sounds.choose(rng)
        copy = 0 if heard is Heard.RECORDING else draw.epoch % self._copies
        return Source(self._utterances[draw.index], heard, copy)


def mask_outputs(
    outputs: Features, config: SpecAugmentConfig, n_mels: int, rng: np.random.Generator
) -> None:
    """Mask frames and channels of ``outputs`` [D, T] in place, by the settings of SpecAugment.

    A mask of bands becomes one of the same share of the channels, as in wav2vec 2.0 (Baevski et
    al., 2020). Masks hold the mean of each channel, because the means differ widely. The frequency
    axis is gone, so ``warp`` has no effect.
    """
    channels, frames = outputs.shape
    means = outputs.mean(axis=1, keepdims=True)
    for _ in range(config.frequency_masks):
        start, width = draw_mask(channels, config.frequency_width * channels // n_mels, rng)
        outputs[start : start + width] = means[start : start + width]
    for _ in range(config.time_masks):
        start, width = draw_mask(frames, int(config.time_share * frames), rng)
        outputs[:, start : start + width] = means
