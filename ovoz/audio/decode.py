"""Decodes audio of any container to mono float32 at 16 kHz."""

import io
import math
import os
import sys
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any, BinaryIO, Final

import av
import numpy as np
import numpy.typing as npt
import soundfile
import soxr

from ovoz.audio.signal import SAMPLE_RATE, Samples, Seconds

MAX_BYTES: Final = 512 * 1024 * 1024
MAX_DURATION_S: Final = 4 * 3600.0
MAX_CHANNELS: Final = 16
RATES: Final = range(4_000, 192_001)
_MAGIC: Final = (b"RIFF", b"fLaC")
_BLOCK: Final = 1 << 16
_PCM: Final = {"PCM_U8", "PCM_S8", "PCM_16", "PCM_24", "PCM_32", "FLOAT", "DOUBLE"}
# No playlists (HLS, concat, DASH, SDP): they name files and addresses, which an upload must not
# make the service open.
_DEMUXERS: Final = (
    "aac,ac3,aiff,amr,amrnb,amrwb,ape,asf,au,avi,caf,eac3,flac,flv,gsm,matroska,mov,mp3,mpeg,"
    "mpegts,ogg,tta,w64,wav,webm,wv"
)
_Mix = Callable[[npt.NDArray[Any]], npt.NDArray[np.float32]]
"""Channels [C, T] to one signal [T]."""
_FULL_SCALE: Final = {"u1": 2.0**7, "i2": 2.0**15, "i4": 2.0**31}


class AudioError(ValueError):
    """Audio that cannot be decoded.

    ``code`` is stable: ``empty``, ``unreadable``, ``no_audio``, ``too_long``, ``too_large``,
    ``bad_format`` (rate or channels out of range, or changing midway) or ``not_finite``.
    """

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


def decode(
    source: Path | bytes | BinaryIO,
    *,
    max_duration_s: Seconds = MAX_DURATION_S,
    max_bytes: int = MAX_BYTES,
    first_channel: bool = False,
) -> Samples:
    """Decode the first audio stream of a container, mixed down to mono, at 16 kHz.

    The stream is decoded and resampled piece by piece, so that a small file that unpacks to hours
    of sound stops at ``max_duration_s`` and does not fill the memory. A truncated file is decoded
    as far as it goes if its format does not record the length (WAV, MP3, Ogg), and refused if it
    does.

    Args:
        source: A file, its bytes, or a seekable stream, read from its start.
        max_duration_s: Longest audio accepted.
        max_bytes: Largest file accepted.
        first_channel: Take the first channel rather than the mean of all. Channels of an impulse
            response are responses of their own: their mean is that of no room.

    Returns:
        float32 [T] at 16 kHz in [-1, 1], T > 0.

    Raises:
        AudioError: The source is empty, not audio, too long, too large, or of an unusual format.
        OSError: The file does not exist.
    """
    check_size(source, max_bytes)
    if isinstance(source, Path) and not str(source).isprintable():
        # Both libraries take names in UTF-8 only; file systems hold names in old code pages.
        with source.open("rb") as file:
            return decode(
                file,
                max_duration_s=max_duration_s,
                max_bytes=max_bytes,
                first_channel=first_channel,
            )
    mix = _take_first if first_channel else _mean
    samples = _decode_by_libsndfile(source, max_duration_s, mix)
    if samples is not None:
        return samples
    try:
        with _open(source) as container:
            samples = _join(_resample(_decode_frames(container, mix), max_duration_s))
    except AudioError:
        raise
    except (av.FFmpegError, ValueError, OverflowError) as error:
        why = getattr(error, "strerror", None) or error
        raise AudioError("unreadable", f"not readable as audio: {why}") from error
    if len(samples) == 0:
        raise AudioError("empty", "the file holds no audio samples")
    return samples


def stream(source: Path | bytes, *, max_duration_s: Seconds = MAX_DURATION_S) -> Iterator[Samples]:
    """Decode the first audio stream of a file, or its bytes, in constant memory.

    Yields:
        float32 [T] at 16 kHz in [-1, 1]; pieces without gaps between them.

    Raises:
        AudioError: As :func:`decode`, when the faulty piece is reached.
        OSError: The file does not exist.
    """
    check_size(source, max_bytes=sys.maxsize)
    try:
        with _open(source) as container:
            for piece in _resample(_decode_frames(container, _mean), max_duration_s):
                yield np.clip(piece, -1.0, 1.0)
    except (av.FFmpegError, OverflowError) as error:
        why = getattr(error, "strerror", None) or error
        raise AudioError("unreadable", f"not readable as audio: {why}") from error


def stream_pipe(
    pipe: Any,  # noqa: ANN401  (PyAV has no type for it)
    container: str,
) -> Iterator[Samples]:
    """Decode the first audio stream of a container that arrives while it is decoded.

    Args:
        pipe: ``read(size)`` returns what there is, waits while there is nothing, and returns
            ``b""`` at the end.
        container: FFmpeg's name of the container, such as ``ogg``.

    Yields:
        Float32 [T] at 16 kHz in [-1, 1]; pieces without gaps between them.

    Raises:
        AudioError: As :func:`decode`, when the faulty piece is reached.
    """
    # Without a limit FFmpeg reads seconds of sound before it hands on the first packet.
    options = {"analyzeduration": "0", "probesize": "4096"}
    try:
        with av.open(pipe, mode="r", format=container, options=options) as opened:
            for piece in _resample(_decode_frames(opened, _mean), math.inf):
                yield np.clip(piece, -1.0, 1.0)
    except (av.FFmpegError, ValueError, OverflowError) as error:
        if isinstance(error, AudioError):
            raise
        why = getattr(error, "strerror", None) or error
        raise AudioError("unreadable", f"not readable as audio: {why}") from error


def check_size(source: Path | bytes | BinaryIO, max_bytes: int = MAX_BYTES) -> None:
    """Check the size of a source without reading it; pipes and devices count as empty.

    Raises:
        AudioError: The source is empty or larger than ``max_bytes``.
        OSError: The file does not exist.
    """
    if isinstance(source, Path):
        size = source.stat().st_size
    elif isinstance(source, bytes):
        size = len(source)
    else:
        size = source.seek(0, os.SEEK_END)
        source.seek(0)
    if size == 0:
        raise AudioError("empty", "the file is empty (0 bytes)")
    if size > max_bytes:
        raise AudioError("too_large", f"{size} bytes, the limit is {max_bytes}")


def _decode_by_libsndfile(
    source: Path | bytes | BinaryIO, max_duration_s: Seconds, mix: _Mix
) -> Samples | None:
    """Decode WAV and FLAC by libsndfile, 3 to 40 times as fast as FFmpeg; None if it cannot."""
    if _read_magic(source) not in _MAGIC:
        return None
    try:
        with soundfile.SoundFile(
            io.BytesIO(source) if isinstance(source, bytes) else source
        ) as file:
            if file.subtype not in _PCM or not _is_sensible(file.samplerate, file.channels):
                return None
            samples = _join(_resample(_read_blocks(file, mix), max_duration_s))
            # A file shorter than its header says is left to FFmpeg, which finds out which is wrong.
            return samples if len(samples) and file.frames == file.tell() else None
    except soundfile.SoundFileError:
        return None
    finally:
        if not isinstance(source, bytes | Path):
            source.seek(0)


def _read_blocks(file: soundfile.SoundFile, mix: _Mix) -> Iterator[tuple[Samples, int]]:
    """Mono pieces with their sample rate; memory grows with the data, not with the header."""
    while len(block := file.read(_BLOCK, dtype="float32", always_2d=True)):
        yield mix(block.T), file.samplerate


def _is_sensible(rate: int, channels: int) -> bool:
    return rate in RATES and 1 <= channels <= MAX_CHANNELS


def _read_magic(source: Path | bytes | BinaryIO) -> bytes:
    if isinstance(source, bytes):
        return source[:4]
    if not isinstance(source, Path):
        head = source.read(4)
        source.seek(0)
        return head
    if not source.is_file():
        return b""
    with source.open("rb") as file:
        return file.read(4)


def _open(source: Path | bytes | BinaryIO) -> av.container.InputContainer:
    # "file:" keeps FFmpeg from reading a protocol into the name.
    file = f"file:{source}" if isinstance(source, Path) else source
    return av.open(
        io.BytesIO(file) if isinstance(file, bytes) else file,
        mode="r",
        options={"format_whitelist": _DEMUXERS},
        # Tags in old Cyrillic code pages must not fail the decoding.
        metadata_errors="replace",
    )


def _resample(pieces: Iterable[tuple[Samples, int]], max_duration_s: Seconds) -> Iterator[Samples]:
    """Resample pieces to 16 kHz."""
    resampler: soxr.ResampleStream | None = None
    decoded_s = 0.0
    for piece, rate in pieces:
        decoded_s += len(piece) / rate
        if decoded_s > max_duration_s:
            raise AudioError(
                "too_long", f"the audio is longer than the limit of {max_duration_s:g} s"
            )
        if not np.isfinite(piece).all():
            raise AudioError("not_finite", "the audio holds samples that are not numbers")
        if rate == SAMPLE_RATE:
            yield piece
            continue
        if resampler is None:
            resampler = soxr.ResampleStream(rate, SAMPLE_RATE, 1, dtype="float32", quality="HQ")
        # Large finite values would overflow in the filter.
        yield resampler.resample_chunk(np.clip(piece, -1.0, 1.0))
    if resampler is not None:
        yield resampler.resample_chunk(np.zeros(0, dtype=np.float32), last=True)


def _decode_frames(
    container: av.container.InputContainer, mix: _Mix
) -> Iterator[tuple[Samples, int]]:
    """Mono pieces of the first audio stream with their sample rate, which does not change."""
    if not container.streams.audio:
        raise AudioError("no_audio", "the file has no audio stream")
    first: tuple[int, int] | None = None
    for frame in container.decode(container.streams.audio[0]):
        # From the frame: for HE-AAC, the header of the stream has half of the rate.
        rate, channels = int(frame.sample_rate or 0), int(frame.layout.nb_channels)
        first = first or (rate, channels)
        if not _is_sensible(rate, channels):
            raise AudioError(
                "bad_format",
                f"{rate} Hz and {channels} channels; accepted are {RATES[0]} to {RATES[-1]} Hz"
                f" and 1 to {MAX_CHANNELS} channels",
            )
        if (rate, channels) != first:
            raise AudioError("bad_format", "the sample rate or the channels change midway")
        if frame.samples:
            yield _mono(frame, channels, mix), rate


def _mono(frame: av.AudioFrame, channels: int, mix: _Mix) -> Samples:
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


def _take_first(channels: npt.NDArray[Any]) -> Samples:
    """First channel of [C, T]."""
    first: Samples = channels[0].astype(np.float32)
    return first


def _mean(channels: npt.NDArray[Any]) -> Samples:
    """Mean of [C, T]; values that are not finite stay so, and are refused later."""
    with np.errstate(invalid="ignore", over="ignore"):
        mono: Samples = channels.mean(axis=0, dtype=np.float32)
    return mono


def _join(pieces: Iterator[Samples]) -> Samples:
    """Join pieces into one array, which grows in place so that the audio is in memory once."""
    joined = bytearray()
    for piece in pieces:
        joined += piece.data
    samples = np.frombuffer(joined, dtype=np.float32)
    return np.clip(samples, -1.0, 1.0, out=samples)
