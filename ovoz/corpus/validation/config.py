"""Limits of the checks."""

from enum import StrEnum

from pydantic import BaseModel, ConfigDict, Field


class Severity(StrEnum):
    """What a failed check means."""

    CRITICAL = "critical"
    """The corpus cannot be used: the run stops."""
    ERROR = "error"
    """The row is set aside; the rest goes on."""
    WARNING = "warning"
    """The row stays and is reported."""


class ValidationConfig(BaseModel):
    """Limits that rows are held to; measures are those of ``ovoz.audio.measures``.

    ``max_quarantined_share`` is the share of rows above which the whole corpus is refused, since
    the fault then lies in how it was made.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    pack: str = "uz-ru"
    min_duration_s: float = Field(default=0.4, gt=0)
    max_duration_s: float = Field(default=30.0, gt=0)
    min_chars_per_s: float = Field(default=3.0, ge=0)
    max_chars_per_s: float = Field(default=30.0, gt=0)
    max_clipped_ratio: float = Field(default=0.01, ge=0, le=1)
    min_speech_ratio: float = Field(default=0.2, ge=0, le=1)
    min_rms_dbfs: float = Field(default=-50.0, le=0)
    min_snr_db: float = 5.0
    min_bandwidth_hz: float = Field(default=1500.0, ge=0)
    max_quarantined_share: float = Field(default=0.2, ge=0, le=1)
