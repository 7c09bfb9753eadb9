"""Audio that arrives piece by piece in a telephone's or a browser's encoding, to 16 kHz."""

from enum import StrEnum
from functools import cache
from typing import Final, Protocol

import av
import numpy as np
import numpy.typing as npt
import soxr

from ovoz.audio.containers import MAX_CHANNELS, RATES, AudioError
from ovoz.audio.pipe import ContainerPipe
from ovoz.audio.signal import SAMPLE_RATE, Samples


class Encoding(StrEnum):
    """How the samples of a stream are written."""

    S16LE = "s16le"
    """16-bit integers, little-endian."""
    F32LE = "f32le"
    """32-bit floats in [-1, 1], little-endian."""
    MULAW = "mulaw"
    """G.711 µ-law, one byte per sample."""
    ALAW = "alaw"
    """G.711 A-law, one byte per sample."""
    OPUS = "opus"
    """Opus in Ogg or WebM, as browsers record it."""

    @property
    def sample_bytes(self) -> int:
        """Bytes of one sample of one channel; 0 where they are packed."""
        return {self.S16LE: 2, self.F32LE: 4, self.MULAW: 1, self.ALAW: 1}.get(self, 0)


class IncomingAudio(Protocol):
    """Decodes a stream; pieces may be cut anywhere."""

    def feed(self, content: bytes) -> list[Samples]:
        """The samples of each channel that ``content`` completes, float32 [T] at 16 kHz.

        Raises:
            AudioError: The audio cannot be decoded.
        """
        ...

    def flush(self) -> list[Samples]:
        """The samples that were held back; audio may follow after."""
        ...

    def close(self) -> None:
        """Give up what the decoder holds."""
        ...


def open_incoming(encoding: Encoding, rate: int, channels: int) -> IncomingAudio:
    """The decoder of a stream.

    Raises:
        AudioError: ``bad_format``: the rate or the number of channels is not accepted.
    """
    if rate not in RATES or not 1 <= channels <= MAX_CHANNELS:
        raise AudioError(
            "bad_format",
            f"{rate} Hz and {channels} channels; accepted are {RATES[0]} to {RATES[-1]} Hz and"
            f" 1 to {MAX_CHANNELS} channels",
        )
    if encoding is Encoding.OPUS:
        if channels > 1:
            raise AudioError("bad_format", "opus is taken as one channel; send PCM for two tracks")
        return OpusStream()
    return PcmStream(encoding, rate, channels)


class PcmStream:
    """Samples of a fixed width, channels interleaved.

    Args:
        encoding: Any but Opus.
        rate: Samples per second and channel.
        channels: Number of channels.
    """

    def __init__(self, encoding: Encoding, rate: int, channels: int) -> None:
        self._encoding = encoding
        self._rate = rate
        self._channels = channels
        self._block = encoding.sample_bytes * channels
        self._kept = b""
        self._resampler = self._open_resampler()

    def feed(self, content: bytes) -> list[Samples]:
        """As :meth:`IncomingAudio.feed`."""
        content = self._kept + content
        whole = len(content) // self._block * self._block
        self._kept = content[whole:]
        signal = self._read(content[:whole]).reshape(-1, self._channels)
        if self._resampler is not None:
            signal = self._resampler.resample_chunk(signal)
        return _split(signal)

    def flush(self) -> list[Samples]:
        """As :meth:`IncomingAudio.flush`."""
        if self._resampler is None:
            return [np.zeros(0, np.float32)] * self._channels
        nothing = np.zeros((0, self._channels), np.float32)
        rest = self._resampler.resample_chunk(nothing, last=True)
        self._resampler = self._open_resampler()
        return _split(rest)

    def close(self) -> None:
        """Nothing is held."""

    def _open_resampler(self) -> soxr.ResampleStream | None:
        if self._rate == SAMPLE_RATE:
            return None
        return soxr.ResampleStream(
            self._rate, SAMPLE_RATE, self._channels, dtype="float32", quality="HQ"
        )

    def _read(self, content: bytes) -> Samples:
        if self._encoding is Encoding.S16LE:
            return np.frombuffer(content, "<i2").astype(np.float32) / np.float32(2**15)
        if self._encoding is Encoding.F32LE:
            signal = np.frombuffer(content, "<f4").astype(np.float32)
            if not np.isfinite(signal).all():
                raise AudioError("not_finite", "the audio holds samples that are not numbers")
            return np.clip(signal, -1.0, 1.0)
        return _companded_levels(self._encoding)[np.frombuffer(content, np.uint8)]


def _split(signal: npt.NDArray[np.float32]) -> list[Samples]:
    """Channels of an interleaved signal [T, channels]."""
    return [np.ascontiguousarray(signal[:, channel]) for channel in range(signal.shape[1])]


@cache
def _companded_levels(encoding: Encoding) -> Samples:
    """The level of each byte of a G.711 encoding, float32 [256]."""
    codec = av.CodecContext.create(f"pcm_{encoding.value}", "r")
    codec.sample_rate, codec.layout = 8_000, "mono"  # type: ignore[attr-defined]
    frames = codec.decode(av.Packet(bytes(range(256))))  # type: ignore[attr-defined]
    levels = np.concatenate([frame.to_ndarray().reshape(-1) for frame in frames])
    return levels.astype(np.float32) / np.float32(2**15)


_MAGIC: Final = {b"OggS": "ogg", b"\x1aE\xdf\xa3": "matroska"}
_MAGIC_BYTES: Final = 4


class OpusStream:
    """Opus in Ogg or WebM. Only the first piece has a header; another header starts anew."""

    def __init__(self) -> None:
        self._pipe: ContainerPipe | None = None
        self._head = b""

    def feed(self, content: bytes) -> list[Samples]:
        """As :meth:`IncomingAudio.feed`."""
        if self._pipe is None:
            content = self._head + content
            self._head = content if len(content) < _MAGIC_BYTES else b""
            if self._head:
                return [np.zeros(0, np.float32)]
        container = _MAGIC.get(content[:_MAGIC_BYTES])
        before: list[Samples] = []
        # Every page of an Ogg stream begins so; one that begins a stream is marked by bit 2.
        begins = container is not None and (
            container != "ogg" or content[5:6] in {b"\x02", b"\x03"}
        )
        if self._pipe is None or begins:
            if container is None:
                raise AudioError("unreadable", "neither an Ogg nor a WebM header begins the stream")
            before = self.flush()
            self._pipe = ContainerPipe(container)
        return [np.concatenate([*before, self._pipe.feed(content)])]

    def flush(self) -> list[Samples]:
        """The samples decoded so far; a container goes on after it."""
        return [self._pipe.take() if self._pipe is not None else np.zeros(0, np.float32)]

    def close(self) -> None:
        """End the thread of the container."""
        if self._pipe is not None:
            self._pipe.close()
