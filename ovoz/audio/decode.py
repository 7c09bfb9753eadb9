"""Decodes audio of any container to mono float32 at 16 kHz.

Strictly: a damaged recording is refused, as corpora want it. :mod:`ovoz.audio.recovery` decodes
what there is.
"""

import io
import math
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO, Final

import av
import numpy as np
import soundfile

from ovoz.audio.containers import (
    DECODING_ERRORS,
    AudioError,
    Mix,
    decode_frames,
    is_sensible,
    mean,
    open_container,
    take_first,
    unreadable,
)
from ovoz.audio.losses import Losses
from ovoz.audio.resampling import join, resample
from ovoz.audio.signal import Samples, Seconds

MAX_BYTES: Final = 512 * 1024 * 1024
MAX_DURATION_S: Final = 4 * 3600.0
_MAGIC: Final = (b"RIFF", b"fLaC")
_BLOCK: Final = 1 << 16
_PCM: Final = {"PCM_U8", "PCM_S8", "PCM_16", "PCM_24", "PCM_32", "FLOAT", "DOUBLE"}


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
    mix = take_first if first_channel else mean
    try:
        with _opened(source) as readable:
            samples = decode_by_libsndfile(readable, max_duration_s, mix=mix)
            if samples is not None:
                return samples
            with open_container(readable) as container:
                samples = join(resample(decode_frames(container, mix), max_duration_s))
    except AudioError:
        raise
    except DECODING_ERRORS as error:
        raise unreadable(error) from error
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
        with _opened(source) as readable, open_container(readable) as container:
            for piece in resample(decode_frames(container, mean), max_duration_s):
                yield np.clip(piece, -1.0, 1.0)
    except AudioError:
        raise
    except DECODING_ERRORS as error:
        raise unreadable(error) from error


@contextmanager
def _opened(source: Path | bytes | BinaryIO) -> Iterator[Path | bytes | BinaryIO]:
    """The source, opened where its name is not in UTF-8: both libraries take no other names."""
    if isinstance(source, Path) and not str(source).isprintable():
        with source.open("rb") as file:
            yield file
    else:
        yield source


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
            for piece in resample(decode_frames(opened, mean), math.inf):
                yield np.clip(piece, -1.0, 1.0)
    except AudioError:
        raise
    except DECODING_ERRORS as error:
        raise unreadable(error) from error


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


def decode_by_libsndfile(
    source: Path | bytes | BinaryIO,
    max_duration_s: Seconds,
    losses: Losses | None = None,
    *,
    mix: Mix = mean,
) -> Samples | None:
    """Decode WAV and FLAC by libsndfile, 3 to 40 times as fast as FFmpeg; None if it cannot.

    ``losses`` as for :func:`ovoz.audio.resampling.resample`.
    """
    if _read_magic(source) not in _MAGIC:
        return None
    try:
        with soundfile.SoundFile(
            io.BytesIO(source) if isinstance(source, bytes) else source
        ) as file:
            if file.subtype not in _PCM or not is_sensible(file.samplerate, file.channels):
                return None
            samples = join(resample(_read_blocks(file, mix), max_duration_s, losses))
            # A file shorter than its header says is left to FFmpeg, which finds out which is wrong.
            return samples if len(samples) and file.frames == file.tell() else None
    except soundfile.SoundFileError:
        return None
    finally:
        if not isinstance(source, bytes | Path):
            source.seek(0)


def _read_blocks(file: soundfile.SoundFile, mix: Mix) -> Iterator[tuple[Samples, int]]:
    """Mono pieces with their sample rate; memory grows with the data, not with the header."""
    while len(block := file.read(_BLOCK, dtype="float32", always_2d=True)):
        yield mix(block.T), file.samplerate


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
