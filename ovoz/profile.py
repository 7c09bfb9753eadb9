"""One YAML file says everything about a run."""

import math
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import Any, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from ovoz.audio.augment import AugmentConfig
from ovoz.corpus.plain_text import TextFiles
from ovoz.corpus.pseudo_labels import PseudoLabelConfig
from ovoz.corpus.segmentation import SegmentationConfig
from ovoz.corpus.sounds import SoundsConfig
from ovoz.corpus.sources import Recorded, SourceConfig
from ovoz.corpus.splicing import SpliceConfig
from ovoz.corpus.validation import ValidationConfig
from ovoz.decoding.config import DecoderConfig, DecoderKind
from ovoz.decoding.language_models import NgramConfig
from ovoz.engine.export.config import ExportConfig
from ovoz.engine.second_reader import SecondReaderConfig
from ovoz.evaluation.conditions import EvaluationConfig
from ovoz.evaluation.decoder_tuning import DecoderTuningConfig
from ovoz.evaluation.gates import GatesConfig
from ovoz.evaluation.testsets import CONDITIONS, TEST_SETS
from ovoz.model.config import BottleneckConfig
from ovoz.monitoring.config import MonitoringConfig
from ovoz.placeholders import fill_placeholders
from ovoz.registry.settings import PromotionConfig, RegistrySettings
from ovoz.strict_yaml import one_line_faults, read_yaml
from ovoz.text.pack import DEFAULT_PACK, PackError, load_pack
from ovoz.training.config import TrainingConfig


class NoisyTestConfig(BaseModel):
    """How the fixed noisy copy of the test split is made."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    augment: AugmentConfig = AugmentConfig()
    seed: int = 1


class PseudoLabelsConfig(BaseModel):
    """Recordings without transcripts, and what a machine's transcript of them must reach."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    recordings: Recorded
    keep: PseudoLabelConfig = PseudoLabelConfig()


class LongRecordingsConfig(BaseModel):
    """Long recordings with a transcript of the whole, and what a stretch of them must reach."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    recordings: Recorded
    keep: SegmentationConfig = SegmentationConfig()


class LanguageModelConfig(BaseModel):
    """N-gram models of the decoder; ``text`` is plain text beside the training transcripts."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    ngrams: NgramConfig = NgramConfig()
    text: TextFiles = ()


class StepResources(BaseModel):
    """What the pod of a step asks for; ``memory`` as ZenML writes it, such as ``16GB``."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    cpus: float | None = Field(default=None, gt=0)
    gpus: int | None = Field(default=None, ge=0)
    memory: str | None = Field(default=None, pattern=r"^[0-9]+(KB|MB|GB|TB|KiB|MiB|GiB|TiB)$")


class RemoteConfig(BaseModel):
    """``image`` is the target ``pipelines`` of ``deploy/images``; ``resources`` by step.

    Steps are named as a run shows them, ``*`` stands for anything: ``train_*``. A later entry
    overrides an earlier one.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    image: str
    resources: dict[str, StepResources] = {}


class Profile(BaseModel):
    """Settings of a whole run.

    ``pack`` is the language pack of the whole run: sources and validation take it from here.
    ``training_data`` is shown wherever figures are, such as "synthetic speech, closed vocabulary".
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str = Field(pattern=r"^[a-z0-9][a-z0-9-]*$")
    pack: str = DEFAULT_PACK
    training_data: str
    corpus: SourceConfig
    validation: ValidationConfig = ValidationConfig()
    sounds: SoundsConfig = SoundsConfig()
    noisy_test: NoisyTestConfig = NoisyTestConfig()
    training: TrainingConfig
    language_model: LanguageModelConfig = LanguageModelConfig()
    decoder: DecoderConfig
    decoder_tuning: DecoderTuningConfig | None = None
    second_reader: SecondReaderConfig | None = None
    export: ExportConfig = ExportConfig()
    evaluation: EvaluationConfig = EvaluationConfig()
    gates: GatesConfig = GatesConfig()
    registry: RegistrySettings = RegistrySettings()
    promotion: PromotionConfig = PromotionConfig()
    pseudo_labels: PseudoLabelsConfig | None = None
    long_recordings: LongRecordingsConfig | None = None
    splices: SpliceConfig | None = None
    monitoring: MonitoringConfig = MonitoringConfig()
    remote: RemoteConfig | None = None

    @model_validator(mode="before")
    @classmethod
    def _name_pack_once(cls, values: Any) -> Any:  # noqa: ANN401  (as YAML has it)
        if isinstance(values, dict):
            for part in _parts_with_pack(values):
                _set_pack(part, values.get("pack", DEFAULT_PACK))
        return values

    @model_validator(mode="before")
    @classmethod
    def _name_unseen_once(cls, values: Any) -> Any:  # noqa: ANN401  (as YAML has it)
        validation = values.get("validation") if isinstance(values, dict) else None
        if isinstance(validation, dict) and "unseen" in validation:
            for part in _recordings_of(values):
                part.setdefault("unseen", validation["unseen"])
        return values

    @model_validator(mode="after")
    def _pack_is_there(self) -> Self:
        try:
            load_pack(self.pack)
        except PackError as error:
            raise ValueError(f"pack: {error}") from error
        return self

    @model_validator(mode="after")
    def _gates_are_measured(self) -> Self:
        for name in self.gates.test_sets:
            if name not in TEST_SETS:
                known = ", ".join(TEST_SETS)
                raise ValueError(f"gates: no test set is called {name!r}; there are {known}")
            if name == CONDITIONS and not self.evaluation.distortions:
                raise ValueError(f"gates: {CONDITIONS} is empty without evaluation.distortions")
        for gate in self.gates.of_artifact:
            if gate.figure.startswith("long_") and not self.evaluation.long_s:
                raise ValueError(
                    f"gates.of_artifact: {gate.figure} is not measured with evaluation.long_s: 0"
                )
        return self

    @model_validator(mode="after")
    def _decoder_reads_a_head(self) -> Self:
        network, attention = self.training.network, self.decoder.kind is DecoderKind.ATTENTION
        if attention and not network.has_attention:
            raise ValueError("decoder attention needs training.network.head attention or hybrid")
        if not attention and not network.has_ctc:
            raise ValueError(
                f"decoder {self.decoder.kind} reads the CTC head: with head attention there is"
                " none; take decoder attention, or head hybrid"
            )
        if self.decoder_tuning and not any(self.decoder_tuning.candidates(self.decoder)):
            raise ValueError(f"decoder_tuning: decoder {self.decoder.kind} has no weights to tune")
        if self.second_reader and not self.decoder.reads_ctc_alone:
            raise ValueError("second_reader: the decoder must read the CTC head without rescoring")
        if self.decoder.rescores and not network.has_attention:
            raise ValueError("decoder.attention_weight needs training.network.head hybrid")
        if network.has_attention and isinstance(network.adapter, BottleneckConfig):
            raise ValueError(
                "bottleneck adapters have no place in Whisper's layout, which the attention head is"
                " served in: take adapter lora"
            )
        return self

    @model_validator(mode="after")
    def _numbers_are_finite(self) -> Self:
        for key in _find_non_finite(self.model_dump()):
            raise ValueError(f"{key}: not a finite number")
        return self

    @model_validator(mode="after")
    def _something_is_trained(self) -> Self:
        if not self.training.stages:
            raise ValueError("training.stages: none is given: nothing would be trained")
        return self


def _find_non_finite(value: object, key: str = "") -> Iterator[str]:
    """Keys of numbers that are infinite or NaN.

    pydantic has a setting against them, which nested models do not share.
    """
    if isinstance(value, Mapping):
        for name, inner in value.items():
            yield from _find_non_finite(inner, f"{key}.{name}" if key else str(name))
    elif isinstance(value, list | tuple):
        for place, inner in enumerate(value):
            yield from _find_non_finite(inner, f"{key}.{place}")
    elif isinstance(value, float) and not math.isfinite(value):
        yield key


def _parts_with_pack(values: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The settings of a profile that have a language pack, as mappings that may be changed."""
    yield from _recordings_of(values, made=())
    validation = values.setdefault("validation", {})
    if isinstance(validation, dict):
        yield validation


def _recordings_of(
    values: dict[str, Any], made: Collection[str] = ("synthetic", "spoken_text")
) -> Iterator[dict[str, Any]]:
    """Settings of the sources of recordings but for those ``made`` of nothing."""
    corpus = values.get("corpus")
    recordings = [corpus, *(corpus.get("sources", ()) if isinstance(corpus, dict) else ())]
    for name in ("pseudo_labels", "long_recordings"):
        part = values.get(name)
        recordings.append(part.get("recordings") if isinstance(part, dict) else None)
    for part in recordings:
        if isinstance(part, dict) and part.get("source") not in {"combined", *made}:
            yield part


def _set_pack(part: dict[str, Any], pack: str) -> None:
    if part.setdefault("pack", pack) != pack:
        raise ValueError(
            f"the language pack is {pack!r} for the run and {part['pack']!r} for"
            f" {part.get('source', 'validation')}; name it once, as `pack` of the profile"
        )


class ProfileError(ValueError):
    """A profile that cannot be used; the message names the file, the field and what is wrong."""


def load_profile(path: Path, given: Mapping[str, str] | None = None) -> Profile:
    """Read a profile; ``given`` fills its placeholders (``ovoz/placeholders.py``).

    Raises:
        ProfileError: No such file, not YAML in UTF-8, a key that is unknown or there twice, a value
            out of range, a placeholder without a value, or gates that nothing can meet. One line
            with the key.
    """
    with one_line_faults(path, "profile", ProfileError):
        return Profile.model_validate(fill_placeholders(read_yaml(path), given or {}))
