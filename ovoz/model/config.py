"""Configuration of the network. Imports no torch, so that profiles load quickly."""

from enum import StrEnum
from typing import Annotated, Any, Final, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from ovoz.audio.signal import SAMPLE_RATE, Seconds
from ovoz.model.features import LogMelConfig

SCRATCH: Final = "scratch"
"""``base_model`` of a network that starts from random weights."""

CONV_STRIDE: Final = 2
"""Feature frames per output frame: the stride of Whisper's second convolution."""

WHISPER_HOP: Final = 160
"""Samples between the feature frames of a released Whisper checkpoint."""


class _Shape(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class BottleneckConfig(_Shape):
    """Residual bottlenecks of width ``dim``, one behind each encoder layer."""

    kind: Literal["bottleneck"] = "bottleneck"
    dim: int = Field(default=256, ge=1)
    train_base: bool = False
    """Whether the base is trained too."""


class LoraConfig(_Shape):
    """Low-rank updates of the projections named by ``targets``, scaled by alpha / rank."""

    kind: Literal["lora"] = "lora"
    rank: int = Field(default=8, ge=1)
    alpha: int = Field(default=16, ge=1)
    dropout: float = Field(default=0.0, ge=0, lt=1)
    targets: tuple[str, ...] = Field(default=("q_proj", "v_proj"), min_length=1)
    train_base: bool = False
    """Whether the base is trained too."""


AdapterConfig = Annotated[BottleneckConfig | LoraConfig, Field(discriminator="kind")]


class HeadKind(StrEnum):
    """Heads of a network."""

    CTC = "ctc"
    """A linear layer over characters: one pass, with word times."""

    ATTENTION = "attention"
    """Whisper's decoder, token by token."""

    HYBRID = "hybrid"
    """Both, trained together."""


class AttentionConfig(_Shape):
    """Shape of the attention head; that of a Whisper checkpoint replaces it.

    Attributes:
        layers: Decoder layers, as wide as the encoder's.
        max_tokens: Longest text in tokens, prompt and end included.
        vocabulary: Number of tokens; None until the tokens are known.
        prompt_language: Language token in the prompt of a Whisper checkpoint. It is the same for
            all speech, because the script of a word says its language.
        pretrained: Whether the head came with the base, and is frozen with it.
    """

    layers: int = Field(default=2, ge=1)
    max_tokens: int = Field(default=448, ge=8)
    vocabulary: int | None = Field(default=None, ge=4)
    prompt_language: str = "uz"
    pretrained: bool = False


class NetworkConfig(_Shape):
    """Shape of a Whisper encoder with a CTC head, an attention head, or both.

    A base model replaces ``n_mels``, ``d_model``, ``layers``, ``heads``, ``ffn_dim`` and
    ``max_positions`` with its own.

    Attributes:
        base_model: ``scratch``, the hub name or folder of a Whisper checkpoint, or the folder of
            an Ovoz checkpoint. Training starts from its encoder, from the heads of an Ovoz
            checkpoint, and from the decoder of a Whisper checkpoint if ``head`` includes attention.
        head: What turns frames into text.
        attention: Shape of the attention head.
        n_mels: Mel bands of the features.
        d_model: Width.
        layers: Encoder layers.
        heads: Attention heads per layer.
        hop: Samples between feature frames; 160 for a Whisper checkpoint unless given.
        ffn_dim: Width of the feed-forward layers; 4 * ``d_model`` unless given.
        max_positions: Longest input in output frames.
        adapter: Trainable weights on the base, which is frozen unless ``train_base`` is set.
    """

    base_model: str = SCRATCH
    head: HeadKind = HeadKind.CTC
    attention: AttentionConfig = AttentionConfig()
    n_mels: int = Field(default=80, ge=8, le=128)
    d_model: int = Field(default=144, ge=8)
    layers: int = Field(default=4, ge=1)
    heads: int = Field(default=4, ge=1)
    hop: int = Field(default=320, ge=80, le=400)
    ffn_dim: int | None = Field(default=None, ge=1)
    max_positions: int = Field(default=1500, ge=1)
    adapter: AdapterConfig | None = None

    @model_validator(mode="before")
    @classmethod
    def _hop_of_the_base(cls, data: Any) -> Any:  # noqa: ANN401  (pydantic passes any input)
        if isinstance(data, dict) and data.get("base_model", SCRATCH) != SCRATCH:
            return {"hop": WHISPER_HOP, **data}
        return data

    @model_validator(mode="after")
    def _heads_share_the_width(self) -> Self:
        if self.d_model % self.heads or self.d_model % 2:
            raise ValueError(
                f"d_model {self.d_model} must be even and divisible by heads {self.heads}"
            )
        return self

    @property
    def has_ctc(self) -> bool:
        """Whether there is a CTC head."""
        return self.head is not HeadKind.ATTENTION

    @property
    def has_attention(self) -> bool:
        """Whether there is an attention head."""
        return self.head is not HeadKind.CTC

    @property
    def features(self) -> LogMelConfig:
        """Shape of the input features."""
        return LogMelConfig(n_mels=self.n_mels, hop=self.hop)

    @property
    def frame_s(self) -> Seconds:
        """Seconds between two output frames."""
        return self.hop * CONV_STRIDE / SAMPLE_RATE

    @property
    def max_frames(self) -> int:
        """Longest input in feature frames."""
        return self.max_positions * CONV_STRIDE
