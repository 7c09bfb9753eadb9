"""Frames of the first audio stream of any container, by FFmpeg."""

import io
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, BinaryIO, Final

import av
import numpy as np
import numpy.typing as npt

from ovoz.audio.signal import Samples

MAX_CHANNELS: Final = 16
RATES: Final = range(4_000, 192_001)
# No playlists (HLS, concat, DASH, SDP): they name files and addresses, which an upload must not
# make the service open.
_DEMUXERS: Final = (
    "aac,ac3,aiff,amr,amrnb,amrwb,ape,asf,au,avi,caf,eac3,flac,flv,gsm,matroska,mov,mp3,mpeg,"
    "mpegts,ogg,tta,w64,wav,webm,wv"
)
Mix = Callable[[npt.NDArray[Any]], npt.NDArray[np.float32]]
"""Channels [C, T] to one signal [T]."""
_FULL_SCALE: Final = {"u1": 2.0**7, "i2": 2.0**15, "i4": 2.0**31}


class AudioError(ValueError):
    """Audio that cannot be decoded.

    ``code`` is stable: ``empty``, ``unreadable``, ``no_audio``, ``too_long``, ``too_large``,
    ``bad_format`` (rate or channels out of range, or changing midway), ``not_finite`` or
    ``damaged`` (too much of it is lost).
    """

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


DECODING_ERRORS: Final = (av.FFmpegError, ValueError, OverflowError, IndexError)
"""What PyAV raises on damaged files; IndexError at a packet of a stream that came up midway."""


def open_container(source: Path | bytes | BinaryIO) -> av.container.InputContainer:
    """The container of a file, its bytes, or a seekable stream.

    Raises:
        av.FFmpegError: It is not readable.
    """
    # "file:" keeps FFmpeg from reading a protocol into the name.
    file = f"file:{source}" if isinstance(source, Path) else source
    return av.open(
        io.BytesIO(file) if isinstance(file, bytes) else file,
        mode="r",
        options={"format_whitelist": _DEMUXERS},
        # Tags in old Cyrillic code pages must not fail the decoding.
        metadata_errors="replace",
    )


def audio_stream_of(container: av.container.InputContainer) -> av.AudioStream:
    """The first audio stream.

    Raises:
        AudioError: There is none.
    """
    if not container.streams.audio:
        raise AudioError("no_audio", "the file has no audio stream")
    return container.streams.audio[0]


def unreadable(error: Exception) -> AudioError:
    """What is told of an error of FFmpeg."""
    why = getattr(error, "strerror", None) or error
    return AudioError("unreadable", f"not readable as audio: {why}")


def decode_frames(
    container: av.container.InputContainer, mix: Mix
) -> Iterator[tuple[Samples, int]]:
    """Mono pieces of the first audio stream with their sample rate, which does not change."""
    first: tuple[int, int] | None = None
    for frame in container.decode(audio_stream_of(container)):
        rate, channels = shape_of(frame)
        first = first or (rate, channels)
        if not is_sensible(rate, channels):
            raise AudioError(
                "bad_format",
                f"{rate} Hz and {channels} channels; accepted are {RATES[0]} to {RATES[-1]} Hz"
                f" and 1 to {MAX_CHANNELS} channels",
            )
        if (rate, channels) != first:
            raise AudioError("bad_format", "the sample rate or the channels change midway")
        if frame.samples:
            yield mix_down(frame, channels, mix), rate


def shape_of(frame: av.AudioFrame) -> tuple[int, int]:
    """Sample rate and channels of a frame; for HE-AAC, the stream's header has half of the rate."""
    return int(frame.sample_rate or 0), int(frame.layout.nb_channels)


def is_sensible(rate: int, channels: int) -> bool:
    """Whether audio of this shape is taken."""
    return rate in RATES and 1 <= channels <= MAX_CHANNELS


def mix_down(frame: av.AudioFrame, channels: int, mix: Mix) -> Samples:
    """One signal of the channels of a frame, with full scale at 1."""
    values: npt.NDArray[Any] = frame.to_ndarray()
    if not frame.format.is_planar:
        values = values.reshape(-1, channels).T
    kind = values.dtype.str[1:]
    mono = mix(values)
    if kind == "u1":
        mono -= np.float32(_FULL_SCALE[kind])
    if kind in _FULL_SCALE:
        mono /= np.float32(_FULL_SCALE[kind])
    return mono


def take_first(channels: npt.NDArray[Any]) -> Samples:
    """First channel of [C, T]."""
    first: Samples = channels[0].astype(np.float32)
    return first


def mean(channels: npt.NDArray[Any]) -> Samples:
    """Mean of [C, T]; values that are not finite stay so, and are refused later."""
    with np.errstate(invalid="ignore", over="ignore"):
        mono: Samples = channels.mean(axis=0, dtype=np.float32)
    return mono
