"""What is trained, on what, for how long."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from ovoz.audio.augment import AugmentConfig
from ovoz.model.config import NetworkConfig
from ovoz.text.language import Language
from ovoz.training.selection import Selection, Share


class _Settings(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class SpecAugmentConfig(_Settings):
    """Distortions of the log-mel features, drawn anew for every use of an utterance.

    Masks as in SpecAugment (Park et al., 2019): ``frequency_masks`` of up to ``frequency_width``
    bands and ``time_masks`` of up to ``time_share`` of the frames. ``warp`` is the largest
    relative shift of the frequency axis, which imitates other vocal tracts (VTLP, Jaitly and
    Hinton, 2013); 0.1 means 0.9 to 1.1.
    """

    frequency_masks: int = Field(default=2, ge=0)
    frequency_width: int = Field(default=8, ge=1)
    time_masks: int = Field(default=2, ge=0)
    time_share: float = Field(default=0.05, ge=0, le=0.5)
    warp: float = Field(default=0.1, ge=0, le=0.3)


class StageConfig(_Settings):
    """One stage of the curriculum.

    It lasts ``steps`` optimizer steps, or ``epochs`` passes over its data. The learning rate
    climbs to ``learning_rate`` over ``warmup_share`` of the steps and falls along a cosine to
    ``final_share`` of it.
    ``language_weights`` say how often an utterance of a language is drawn in one pass over the
    data (0.5: every other pass; 2: twice a pass; a language not named: never); ``select`` leaves
    out what it does not hold, and ``mixture`` draws selections more or less often. With
    ``shortest_first`` the first pass goes from short to long (SortaGrad; Amodei et al., Deep
    Speech 2, 2016). ``augment`` distorts the sound of ``augment_share`` of the draws and leaves the
    rest clean. ``noise_share`` of the draws are noise or silence of the same length in place of the
    utterance, with nothing to write: a network that never hears noise alone writes words into it.
    """

    name: str = Field(pattern=r"^[a-z0-9][a-z0-9-]*$")
    steps: int | None = Field(default=None, ge=1)
    epochs: float | None = Field(default=None, gt=0)
    learning_rate: float = Field(default=2e-3, gt=0)
    warmup_share: float = Field(default=0.05, ge=0, le=1)
    final_share: float = Field(default=1.0, ge=0, le=1)
    language_weights: Mapping[Language, float] = {
        Language.MIXED: 1.0,
        Language.RUSSIAN: 1.0,
        Language.UZBEK: 1.0,
    }
    select: Selection = Selection()
    mixture: tuple[Share, ...] = ()
    shortest_first: bool = False
    augment: AugmentConfig | None = None
    noise_share: float = Field(default=0.0, ge=0, le=0.5)
    augment_share: float = Field(default=0.75, ge=0, le=1)
    spec_augment: SpecAugmentConfig | None = SpecAugmentConfig()

    @field_validator("language_weights")
    @classmethod
    def _in_one_order(cls, weights: Mapping[Language, float]) -> Mapping[Language, float]:
        # Two files that say the same must be the same to every cache.
        return dict(sorted(weights.items()))

    @model_validator(mode="after")
    def _lasts_steps_or_epochs(self) -> Self:
        if (self.steps is None) == (self.epochs is None):
            raise ValueError(f"stage {self.name!r}: give either steps or epochs")
        return self

    @model_validator(mode="after")
    def _something_is_drawn(self) -> Self:
        weights = self.language_weights.values()
        if min(weights, default=0) < 0 or sum(weights) == 0:
            raise ValueError(f"stage {self.name!r}: language_weights must be >= 0, one of them > 0")
        return self


class Precision(StrEnum):
    """Arithmetic of the forward pass; weights stay float32."""

    FP32 = "fp32"
    BF16 = "bf16"
    FP16 = "fp16"


class TrainingConfig(_Settings):
    """Settings that all stages share.

    Learning: of a hybrid network's loss, ``ctc_weight`` is the share of CTC and the rest that of
    attention. ``layer_decay`` is the factor by which each encoder layer learns slower than the one
    above it (1: all alike). ``batch_frames`` bounds a batch in feature frames, padding included;
    one step takes ``accumulate`` batches from each of ``processes`` processes. With ``patience`` a
    stage ends after that many evaluations without a better character error rate on dev, and its
    result is the best of them. ``checkpoint_layers`` computes activations again instead of keeping
    them. ``deterministic`` gives up speed on a GPU for equal results.

    Watching: ``evaluate_every`` and ``checkpoint_every`` are in steps; the last
    ``keep_checkpoints`` are kept until the stage is done. Development figures come from at most
    ``dev_utterances``. ``trackers`` are transformers' names.

    Data: ``workers`` processes load it ahead (0: the training process itself). Audio and features
    are held in memory up to ``cache_mb`` megabytes a process.
    """

    network: NetworkConfig = NetworkConfig()
    seed: int = 1
    batch_frames: int = Field(default=1300, ge=50)
    accumulate: int = Field(default=1, ge=1)
    processes: int = Field(default=1, ge=1)
    weight_decay: float = Field(default=0.01, ge=0)
    layer_decay: float = Field(default=1.0, gt=0, le=1)
    ctc_weight: float = Field(default=0.3, gt=0, lt=1)
    max_gradient_norm: float = Field(default=1.0, gt=0)
    precision: Precision = Precision.BF16
    checkpoint_layers: bool = False
    deterministic: bool = False
    patience: int | None = Field(default=None, ge=1)
    workers: int = Field(default=0, ge=0)
    cache_mb: int = Field(default=800, ge=0)
    log_every: int = Field(default=25, ge=1)
    evaluate_every: int = Field(default=500, ge=1)
    checkpoint_every: int = Field(default=250, ge=1)
    keep_checkpoints: int = Field(default=2, ge=1)
    dev_utterances: int = Field(default=150, ge=1)
    trackers: tuple[Literal["mlflow", "tensorboard", "wandb"], ...] = ("mlflow", "tensorboard")
    stages: tuple[StageConfig, ...] = ()

    @model_validator(mode="after")
    def _stage_names_differ(self) -> Self:
        names = [stage.name for stage in self.stages]
        if len(set(names)) != len(names):
            raise ValueError(f"stages need different names, got {names}")
        return self
