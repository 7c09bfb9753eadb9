"""Settings of training: stages, augmentation of features, optimization."""

from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, PositiveInt, field_validator, model_validator

from ovoz.audio.augment import AugmentConfig
from ovoz.audio.signal import Seconds
from ovoz.model.checkpoint_folder import is_checkpoint
from ovoz.model.config import NetworkConfig
from ovoz.text.language import Language
from ovoz.training.selection import MixtureShare, Selection


class _Settings(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class SpecAugmentConfig(_Settings):
    """Distortions of the log-mel features, drawn for every use of an utterance.

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


class RearrangeConfig(_Settings):
    """Phrases of one speaker joined in an order that nobody spoke, in the place of recordings.

    A network that hears few sentences, each from many people, learns the sentences rather than the
    sounds. After "On-the-fly aligned data augmentation for sequence-to-sequence ASR" (Lam et al.,
    2021). The words are placed in the sound by the network that the stage starts from.

    Attributes:
        share: Share of the draws of speech that are rearranged.
        of: Only matching utterances are rearranged and give phrases; the others are not aligned.
        longest_phrase: Most words that are cut out together.
        least_score: Nats a frame; recordings whose alignment scores lower give no phrases.
        crossfade_s: Seconds by which the phrases overlap.
    """

    share: float = Field(ge=0, le=1)
    of: Selection = Selection()
    longest_phrase: int = Field(default=3, ge=1)
    least_score: float = Field(default=-1.0, le=0)
    crossfade_s: Seconds = Field(default=0.01, gt=0, le=0.1)


class StageConfig(_Settings):
    """One stage of the curriculum.

    Attributes:
        name: Lower-case letters, digits and hyphens.
        steps: Optimizer steps; give either these or ``epochs``.
        epochs: Passes over the data of the stage.
        learning_rate: Peak learning rate.
        warmup_share: Share of the steps in which the learning rate climbs to its peak.
        final_share: Share of the peak to which it falls, along a cosine, by the last step.
        language_weights: How often an utterance of a language is drawn in one pass (0.5: every
            other pass; 2: twice per pass). Languages that are not named are never drawn.
        select: Only matching utterances are drawn.
        mixture: Selections that are drawn more or less often.
        shortest_first: Whether the first pass goes from short to long (SortaGrad; Amodei et al.,
            Deep Speech 2, 2016).
        augment: Distortions of the sound, for ``augment_share`` of the draws.
        augment_share: The other draws stay clean.
        noise_share: Share of the draws that are noise or silence with an empty transcript. A
            network that never hears noise alone writes words into it.
        spec_augment: Distortions of the features.
        rearrange: Phrases of the speaker in new orders, in the place of some recordings. The stage
            must start from a network that has learned to write.
    """

    name: str = Field(pattern=r"^[a-z0-9][a-z0-9-]*$")
    steps: int | None = Field(default=None, ge=1)
    epochs: float | None = Field(default=None, gt=0)
    learning_rate: float = Field(default=2e-3, gt=0)
    warmup_share: float = Field(default=0.05, ge=0, le=1)
    final_share: float = Field(default=1.0, ge=0, le=1)
    language_weights: Mapping[Language, float] = dict.fromkeys(sorted(Language), 1.0)
    select: Selection = Selection()
    mixture: tuple[MixtureShare, ...] = ()
    shortest_first: bool = False
    augment: AugmentConfig | None = None
    noise_share: float = Field(default=0.0, ge=0, le=0.5)
    augment_share: float = Field(default=0.75, ge=0, le=1)
    spec_augment: SpecAugmentConfig | None = SpecAugmentConfig()
    rearrange: RearrangeConfig | None = None

    @property
    def uses_sounds(self) -> bool:
        """Whether recordings of noise or rooms, where there are any, decide what is learned."""
        return self.augment is not None or self.noise_share > 0

    @field_validator("language_weights")
    @classmethod
    def _in_one_order(cls, weights: Mapping[Language, float]) -> Mapping[Language, float]:
        # Equal settings must give equal cache keys, whatever their order.
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


class TrainingPrecision(StrEnum):
    """Arithmetic of the forward pass; weights stay float32.

    ``auto`` is bf16 where the hardware has it, else fp32.
    """

    AUTO = "auto"
    FP32 = "fp32"
    BF16 = "bf16"
    FP16 = "fp16"


class FreezeConfig(_Settings):
    """Lower part of the encoder that training leaves as it is.

    Its outputs are computed once for each recording and kept on disk, so that a step runs only
    the layers above. ``spec_augment`` then masks these outputs instead of the log-mels.

    Attributes:
        layers: Encoder layers from the bottom; the convolutions below them are frozen too.
        copies: Distorted copies of each recording that are kept; passes take them in turn. 0 keeps
            nothing: the frozen layers run for every batch, on sound distorted anew.
        cache_gb: Most disk space for the outputs of all runs in a workspace, in gigabytes. Those
            that no longer fit are removed, the longest unused first.
    """

    layers: int = Field(ge=1)
    copies: int = Field(default=1, ge=0)
    cache_gb: float = Field(default=20.0, gt=0)


class TrainingConfig(_Settings):
    """Settings shared by all stages.

    Attributes:
        network: What is trained.
        seed: Seed of weights, data order and augmentation.
        batch_frames: Largest batch in feature frames, padding included.
        accumulate: Batches per process and step.
        processes: Training processes.
        weight_decay: AdamW's.
        layer_decay: Factor of the learning rate from one encoder layer to the one below (1: none).
        head_rate: Factor of the learning rate for the CTC head, which is new where the base is a
            Whisper checkpoint.
        freeze: Lower part of the encoder that is not trained; needs far less time and memory, and
            keeps what the base knows of sounds. None trains all of it.
        dropout: Share of the outputs of attention and feed-forward blocks that a step leaves out
            (Srivastava et al., 2014). For a pretrained network and many passes over little speech.
        ctc_weight: Share of CTC in the loss of a hybrid network.
        max_gradient_norm: Gradients are clipped to it.
        precision: Arithmetic of the forward pass.
        threads: Threads of one operation on the CPU; ``auto``: one for a small network.
        checkpoint_layers: Recompute activations in the backward pass instead of keeping them.
        deterministic: Give up speed on a GPU for reproducible results.
        patience: End a stage after so many evaluations without a better character error rate on
            dev, and keep its best weights.
        workers: Processes that load data ahead (0: the training process itself).
        cache_mb: Memory per process for decoded audio and features, in megabytes.
        log_every: Steps between two log entries.
        evaluate_every: Steps between two evaluations on dev.
        checkpoint_every: Steps between two checkpoints.
        keep_checkpoints: Checkpoints kept until the stage is finished.
        dev_utterances: Most utterances of an evaluation on dev.
        trackers: Experiment trackers, by transformers' names.
        stages: The curriculum.
    """

    network: NetworkConfig = NetworkConfig()
    seed: int = 1
    batch_frames: int = Field(default=1300, ge=50)
    accumulate: int = Field(default=1, ge=1)
    processes: int = Field(default=1, ge=1)
    weight_decay: float = Field(default=0.01, ge=0)
    layer_decay: float = Field(default=1.0, gt=0, le=1)
    head_rate: float = Field(default=1.0, gt=0)
    freeze: FreezeConfig | None = None
    dropout: float = Field(default=0.0, ge=0, lt=1)
    ctc_weight: float = Field(default=0.3, gt=0, lt=1)
    max_gradient_norm: float = Field(default=1.0, gt=0)
    precision: TrainingPrecision = TrainingPrecision.AUTO
    threads: PositiveInt | Literal["auto"] = "auto"
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

    @model_validator(mode="after")
    def _what_is_rearranged_can_be_aligned(self) -> Self:
        names = [stage.name for stage in self.stages if stage.rearrange is not None]
        if not names:
            return self
        if self.freeze is not None and self.freeze.copies:
            raise ValueError(
                f"stage {names[0]!r}: rearrange makes new sounds for every draw, and freeze keeps"
                " the outputs of frozen layers: set freeze.copies: 0"
            )
        if not self.network.has_ctc:
            raise ValueError(
                f"stage {names[0]!r}: rearrange places words by the CTC head, and network.head is"
                " attention: take ctc or hybrid"
            )
        base = self.network.base_model
        if self.stages[0].name in names and not is_checkpoint(Path(base)):
            raise ValueError(
                f"stage {names[0]!r}: rearrange needs a network that has learned to write, and the"
                f" CTC head on {base!r} is new in the first stage: rearrange in a later stage, or"
                " start from an Ovoz checkpoint"
            )
        return self
