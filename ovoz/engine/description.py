"""What an artifact's ``model.json`` says about the model."""

from datetime import UTC, datetime
from enum import StrEnum
from typing import Final, Literal

from pydantic import BaseModel, ConfigDict, Field

from ovoz.audio.signal import SAMPLE_RATE, Seconds
from ovoz.decoding.config import DecoderConfig
from ovoz.model.features import LogMelConfig

FORMAT: Final = 1
"""Version of the artifact's layout that this code reads and writes."""


class EngineKind(StrEnum):
    """Which engine runs the artifact."""

    ONNX = "onnx"


class Precision(StrEnum):
    """Arithmetic of the exported encoder."""

    FP32 = "fp32"
    INT8 = "int8"

    @property
    def file(self) -> str:
        """Name of the encoder of this precision in the artifact."""
        return "encoder.onnx" if self is Precision.FP32 else "encoder.int8.onnx"


class Versions(BaseModel):
    """What the model was made from and with."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    code: str
    """Commit of this repository, or the package's version."""
    data: str
    """Hash of the corpus."""
    normalizer: str
    """Version of the text normalization that the training text went through."""
    libraries: dict[str, str] = Field(default_factory=dict)


class GateRecord(BaseModel):
    """One quality gate as it was met: the measured value, and the limit on its side."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    metric: str
    value: float
    limit: float
    passed: bool


class ModelIdentity(BaseModel):
    """What the maker of a model knows of it, and no file can tell."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    pack: str = "uz-ru"
    """Language pack."""
    versions: Versions
    training_data: str
    """Plain words, such as "synthetic speech, closed vocabulary"; shown wherever figures are."""


class ModelDescription(ModelIdentity):
    """Everything a server has to know to run the artifact, and a reader to judge it.

    ``files`` gives the SHA-256 of every other file of the artifact. ``metrics`` are fractions in
    [0, 1] where they are rates; they come from the test split through this very artifact.
    """

    format: Literal[1] = FORMAT
    engine: EngineKind = EngineKind.ONNX
    precision: Precision = Precision.INT8
    """The precision that is served."""
    sample_rate: Literal[16_000] = SAMPLE_RATE
    features: LogMelConfig
    frame_s: Seconds = Field(gt=0)
    """Seconds of audio per row of log-probabilities."""
    window_s: Seconds = Field(gt=0)
    """Longest audio the network reads at once; longer audio is cut where it is quietest."""
    decoder: DecoderConfig
    metrics: dict[str, float] = Field(default_factory=dict)
    gates: tuple[GateRecord, ...] = ()
    created_at: datetime = Field(default_factory=lambda: datetime.now(UTC))
    files: dict[str, str] = Field(default_factory=dict)

    @property
    def model_version(self) -> str:
        """The name, and the start of the served encoder's hash: the same weights, the same word."""
        return f"{self.name}-{self.files.get(self.precision.file, 'unsaved')[:8]}"
