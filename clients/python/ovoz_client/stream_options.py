"""What a stream says of its audio, and asks for."""

from dataclasses import dataclass
from typing import Any, Final, Literal

Encoding = Literal["s16le", "f32le", "mulaw", "alaw", "opus"]
_SAMPLE_BYTES: Final = {"s16le": 2, "f32le": 4, "mulaw": 1, "alaw": 1, "opus": 1}


@dataclass(frozen=True, slots=True)
class StreamOptions:
    """The options of one stream.

    Attributes:
        encoding: ``opus`` is Ogg or WebM as MediaRecorder writes it; such a stream cannot come
            back after a drop.
        sample_rate: in Hz, 4,000 to 192,000.
        channels: 1, or 2 for a call with a side on each; interleaved.
        language_hint: ``auto``, ``uz``, ``ru`` or ``mixed``.
        hotwords: words to listen for.
        partials: whether partial transcripts are wanted.
        endpoint_ms: silence that ends a segment; None is the service's own.
    """

    encoding: Encoding = "s16le"
    sample_rate: int = 16_000
    channels: int = 1
    language_hint: str = "auto"
    hotwords: tuple[str, ...] = ()
    partials: bool = True
    endpoint_ms: int | None = None

    @property
    def is_resumable(self) -> bool:
        """Whether a place in the bytes is a place in the audio."""
        return self.encoding != "opus"

    @property
    def block_bytes(self) -> int:
        """Bytes of one moment of all channels."""
        return _SAMPLE_BYTES[self.encoding] * self.channels

    def bytes_of(self, seconds: float) -> int:
        """Whole blocks of so much audio; of Opus a guess by 64 kbit/s."""
        if not self.is_resumable:
            return round(seconds * 8_000)
        return round(seconds * self.sample_rate) * self.block_bytes

    def seconds_of(self, size: int) -> float:
        """Seconds of so many bytes."""
        return size / self.bytes_of(1)

    @property
    def start_message(self) -> dict[str, Any]:
        """The first message of the protocol, without a session."""
        fields: dict[str, Any] = {
            "type": "start",
            "encoding": self.encoding,
            "sample_rate": self.sample_rate,
            "channels": self.channels,
            "language_hint": self.language_hint,
            "hotwords": list(self.hotwords),
            "partials": self.partials,
        }
        return fields | ({"endpoint_ms": self.endpoint_ms} if self.endpoint_ms else {})
