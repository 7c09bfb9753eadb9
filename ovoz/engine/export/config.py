"""Configuration of the export."""

from typing import Self

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from ovoz.engine.precision import Device, Precision


class ExportConfig(BaseModel):
    """Which precisions are exported, and how the served one is chosen.

    The fastest export is taken whose word error rate on dev is at most ``max_wer_loss`` percentage
    points above that of the trained network; see :mod:`ovoz.engine.export.choice`.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    precisions: tuple[Precision, ...] = (
        Precision.FP32,
        Precision.INT8_DYNAMIC,
        Precision.INT8_STATIC,
    )
    calibration_utterances: int = Field(default=64, ge=1)
    """Training utterances for the ranges of static quantization."""
    device: Device = Device.CPU
    """Where the model will be served, and so is timed; fp16 runs on GPUs only."""
    scored_utterances: int = Field(default=200, ge=1)
    """Utterances of dev, evenly spread, that every export transcribes for the choice."""
    timed_utterances: int = Field(default=40, ge=1)
    """How many of them are timed, three times each."""
    max_wer_loss: float = Field(default=0.5, ge=0)
    """Percentage points of word error rate that an export may lose to the trained network."""
    as_fast: float = Field(default=0.05, ge=0)
    """Exports that take at most this share more time than the fastest count as equally fast, since
    timings are no more exact. The smallest of them is taken."""
    served: Precision | None = None
    """Serve this precision, whatever is fastest, if it loses no more than it may."""

    @model_validator(mode="after")
    def _served_is_exported(self) -> Self:
        if self.served is not None and self.served not in self.precisions:
            raise ValueError(f"export.served: {self.served} is not among export.precisions")
        return self

    @field_validator("precisions")
    @classmethod
    def _some_and_each_once(cls, precisions: tuple[Precision, ...]) -> tuple[Precision, ...]:
        if not precisions or len(set(precisions)) != len(precisions):
            raise ValueError("export.precisions: name at least one precision, and each once")
        return precisions
