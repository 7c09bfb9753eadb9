"""What the network of a stage is given: log-mel features, or kept outputs of frozen layers."""

from collections.abc import Sequence
from dataclasses import dataclass

from accelerate import PartialState

from ovoz.corpus.manifest import Utterance
from ovoz.model.config import CONV_STRIDE
from ovoz.model.features import Features
from ovoz.training.arithmetic import Arithmetic
from ovoz.training.audio_cache import AudioCache
from ovoz.training.batches import UtteranceDraw
from ovoz.training.dataset import DrawInputs, LogMelInputs
from ovoz.training.frozen.prepare import keep_outputs
from ovoz.training.job import StageJob
from ovoz.training.rearrangement.prepare import prepare_rearranger
from ovoz.training.sounds import StageSounds
from ovoz.training.stage_result import AlignedRows


@dataclass(frozen=True, slots=True)
class StageInputs:
    """Inputs of the draws, those of the development rows, and the layers that they come behind.

    ``aligned`` counts the rows of a stage that rearranges.
    """

    train: DrawInputs
    dev: Sequence[Features]
    frozen_layers: int = 0
    aligned: AlignedRows | None = None

    @property
    def frames_per_column(self) -> int:
        """Feature frames that a column of an input stands for."""
        return CONV_STRIDE if self.frozen_layers else 1


def prepare_inputs(
    job: StageJob,
    train: Sequence[Utterance],
    dev: Sequence[Utterance],
    plan: Sequence[Sequence[UtteranceDraw]],
    arithmetic: Arithmetic,
    state: PartialState,
) -> StageInputs:
    """The inputs of a stage; outputs of frozen layers are computed as far as they are not there.

    So are the alignments of a stage that rearranges.

    Args:
        job: The stage.
        train: Rows that the plan counts in.
        dev: Rows that are scored.
        plan: Every draw of the stage.
        arithmetic: Arithmetic of the stage.
        state: Processes that train together.

    Raises:
        CacheLimitError: The outputs need more space than there is.
        RearrangementError: The stage is to rearrange, and no row aligns.
    """
    freeze = job.config.freeze
    if freeze is not None and freeze.copies:
        return StageInputs(
            *keep_outputs(job, freeze, train, dev, plan, arithmetic, state), freeze.layers
        )
    cache = AudioCache(job.root, job.start.network.config.features, job.config.cache_mb)
    sounds = StageSounds(train, cache, job.stage, job.recorded)
    rearranger = aligned = None
    if (settings := job.stage.rearrange) is not None:
        rearranger, aligned = prepare_rearranger(job, settings, train, cache, arithmetic, state)
    inputs = LogMelInputs(train, sounds, job.stage, job.config.seed, rearranger)
    return StageInputs(inputs, [cache.clean_features(row) for row in dev], aligned=aligned)
