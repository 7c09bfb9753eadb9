"""Shape of the network, known without torch."""

from typing import Final, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from ovoz.audio.signal import SAMPLE_RATE, Seconds
from ovoz.model.features import LogMelConfig

SCRATCH: Final = "scratch"
"""``base_model`` of a network that starts from random weights."""

CONV_STRIDE: Final = 2
"""Feature frames per output frame: the stride of Whisper's second convolution."""


class NetworkConfig(BaseModel):
    """Shape of a Whisper encoder with a CTC head.

    ``base_model`` is ``scratch``, or a folder or hub name of a Whisper checkpoint whose encoder
    is the start; its own shape then replaces ``n_mels``, ``d_model``, ``layers``, ``heads`` and
    ``max_positions``. ``hop`` is in samples between feature frames (Whisper's own is 160).
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    base_model: str = SCRATCH
    n_mels: int = Field(default=80, ge=8, le=128)
    d_model: int = Field(default=144, ge=8)
    layers: int = Field(default=4, ge=1)
    heads: int = Field(default=4, ge=1)
    hop: int = Field(default=320, ge=80, le=400)
    max_positions: int = Field(default=1500, ge=1)

    @model_validator(mode="after")
    def _heads_share_the_width(self) -> Self:
        if self.d_model % self.heads or self.d_model % 2:
            raise ValueError(
                f"d_model {self.d_model} must be even and divisible by heads {self.heads}"
            )
        return self

    @property
    def features(self) -> LogMelConfig:
        """Features the network reads."""
        return LogMelConfig(n_mels=self.n_mels, hop=self.hop)

    @property
    def frame_s(self) -> Seconds:
        """Seconds between two output frames."""
        return self.hop * CONV_STRIDE / SAMPLE_RATE

    @property
    def max_frames(self) -> int:
        """Longest input in feature frames."""
        return self.max_positions * CONV_STRIDE
