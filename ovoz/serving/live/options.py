"""What a client says of its audio, and asks for."""

from dataclasses import dataclass, field

from ovoz.audio.incoming import Encoding
from ovoz.audio.signal import SAMPLE_RATE, Seconds
from ovoz.serving.inference.options import RecognitionOptions
from ovoz.serving.stream_settings import StreamSettings
from ovoz.streaming.config import StreamingConfig


@dataclass(frozen=True, slots=True)
class StreamOptions:
    """The options of one session."""

    recognition: RecognitionOptions = field(default_factory=RecognitionOptions)
    encoding: Encoding = Encoding.S16LE
    sample_rate: int = SAMPLE_RATE
    channels: int = 1
    endpoint_s: Seconds | None = None
    partials: bool = True

    @property
    def shows_partials(self) -> bool:
        """Whether words are shown before they are final.

        Not where something is to be taken out: a number is known as one at its end only.
        """
        return self.partials and not self.recognition.redact

    @property
    def block_bytes(self) -> int:
        """Bytes of one moment of all channels."""
        return self.encoding.sample_bytes * self.channels

    def configured(self, streams: StreamSettings) -> StreamingConfig:
        """Times of endpointing and partial transcripts: the client's, else those of the service."""
        endpoint_s = self.endpoint_s or streams.endpoint_ms / 1000
        return StreamingConfig(endpoint_s=endpoint_s, partial_every_s=streams.partial_ms / 1000)
