"""Description of a model: the content of an artifact's ``model.json``."""

from datetime import UTC, datetime
from enum import StrEnum
from typing import Final, Literal, Self

from pydantic import BaseModel, ConfigDict, Field

from ovoz.audio.signal import SAMPLE_RATE, Seconds
from ovoz.decoding.config import DecoderConfig, DecoderKind
from ovoz.engine.imported import ImportedModel
from ovoz.engine.precision import Precision
from ovoz.engine.second_reader import SecondReaderDescription
from ovoz.model.features import LogMelConfig
from ovoz.text.pack import DEFAULT_PACK

FORMAT: Final = 1
"""Version of the artifact's layout that this code reads and writes."""


class EngineKind(StrEnum):
    """The head that is served, and the library that runs it."""

    ONNX = "onnx"
    """The CTC head on ONNX Runtime."""

    CTRANSLATE2 = "ctranslate2"
    """The attention head on CTranslate2."""

    @property
    def runtime(self) -> str:
        """Name of the Python package that runs it."""
        return "ctranslate2" if self is EngineKind.CTRANSLATE2 else "onnxruntime"

    @classmethod
    def of(cls, decoder: DecoderConfig) -> Self:
        """The kind that a decoder needs."""
        return cls.CTRANSLATE2 if decoder.kind is DecoderKind.ATTENTION else cls.ONNX


class Versions(BaseModel):
    """Versions of code, data and libraries that made the model."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    code: str
    """Commit of this repository, or the package's version."""
    data: str
    """Hash of the corpus."""
    normalizer: str
    """Version of the text normalization of the training text."""
    libraries: dict[str, str] = Field(default_factory=dict)


class GateRecord(BaseModel):
    """One quality gate: the measured value, its limit and the verdict."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    metric: str
    value: float
    limit: float
    passed: bool


class DataSource(BaseModel):
    """Part of the training data, as counted in the manifest."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    source: str
    licence: str
    consent: str
    utterances: int
    hours: float


class ModelIdentity(BaseModel):
    """Facts about a model that its checkpoint does not hold."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    pack: str = DEFAULT_PACK
    """Language pack."""
    versions: Versions
    training_data: str
    """In words, such as "synthetic speech, closed vocabulary"; shown wherever figures are."""


class ModelDescription(ModelIdentity):
    """Everything that is needed to run the artifact and to judge it.

    ``files`` gives the SHA-256 of every other file of the artifact. ``metrics`` are fractions in
    [0, 1] where they are rates; they come from the test split through this very artifact, and so do
    those of its ``slices``. ``data`` is what it was trained on.
    """

    format: Literal[1] = FORMAT
    engine: EngineKind = EngineKind.ONNX
    precision: Precision = Precision.INT8_DYNAMIC
    """The precision that is served."""
    not_exported: dict[Precision, str] = Field(default_factory=dict)
    """Precisions that were asked for and could not be exported, with the reasons."""
    sample_rate: Literal[16_000] = SAMPLE_RATE
    features: LogMelConfig
    frame_s: Seconds = Field(gt=0)
    """Seconds of audio per row of log-probabilities."""
    window_s: Seconds = Field(gt=0)
    """Longest audio the network reads at once; longer audio is cut where it is quietest."""
    max_tokens: int | None = None
    """Most tokens per window, prompt and end included, where there is an attention head."""
    decoder: DecoderConfig
    second_reader: SecondReaderDescription | None = None
    imported: ImportedModel | None = None
    """Where a model that others trained came from; ``features`` are then those of Whisper alone."""
    metrics: dict[str, float] = Field(default_factory=dict)
    slices: dict[str, dict[str, float]] = Field(default_factory=dict)
    measured_on: str = ""
    """The processor that the figures were measured on, with its kinds of arithmetic."""
    gates: tuple[GateRecord, ...] = ()
    data: tuple[DataSource, ...] = ()
    created_at: datetime = Field(default_factory=lambda: datetime.now(UTC))
    files: dict[str, str] = Field(default_factory=dict)

    @property
    def served_file(self) -> str:
        """The file with the weights that are served."""
        return self.weights(self.precision)

    def weights(self, precision: Precision, engine: EngineKind | None = None) -> str:
        """The file with the weights in a precision, of the served head or of ``engine``."""
        if self.imported and self.imported.weights:
            return self.imported.weights
        if (engine or self.engine) is EngineKind.CTRANSLATE2:
            return f"{precision.folder}/model.bin"
        return precision.file

    def exported(self, engine: EngineKind | None = None) -> tuple[Precision, ...]:
        """The precisions that the artifact holds, of the served head or of ``engine``."""
        return tuple(one for one in Precision if self.weights(one, engine) in self.files)

    @property
    def has_ctc(self) -> bool:
        """Whether the artifact holds a CTC head."""
        return any(precision.file in self.files for precision in Precision)

    @property
    def has_attention(self) -> bool:
        """Whether the artifact holds an attention head."""
        return any(f"{precision.folder}/model.bin" in self.files for precision in Precision)

    @property
    def cannot(self) -> tuple[str, ...]:
        """What this model cannot do, unlike those that were trained here."""
        return tuple(limit.value for limit in self.imported.cannot) if self.imported else ()

    @property
    def model_version(self) -> str:
        """The name, and the first digits of the hash of the served weights."""
        return f"{self.name}-{self.files.get(self.served_file, 'unsaved')[:8]}"
