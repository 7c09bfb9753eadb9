"""Audio that is missing from a file: the header says more than there is, or its end is cut off."""

import io
import os
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, Final

import av

from ovoz.audio.containers import DECODING_ERRORS, open_container
from ovoz.audio.signal import Seconds

_TOLERANCE_S: Final = 0.1
"""Encoders pad and skip some blocks at both ends."""
_UNKNOWN_SIZE: Final = 0x7FFF_F000
"""What a WAV written as a stream says of its length is 0, or this or more."""
_STATES_LENGTH: Final = {"ogg", "flac", "matroska,webm", "mov,mp4,m4a,3gp,3g2,mj2"}
"""FFmpeg's names of formats that record their length; of others it guesses from the bit rate."""
_OGG_PAGE: Final = b"OggS"
_OGG_HEADER: Final = 27
_OGG_LONGEST: Final = 65_307


def find_lost_audio(source: Path | bytes | BinaryIO, decoded_s: Seconds) -> Seconds:
    """How much of the length that the file states could not be decoded; 0 where all was.

    Of a file that is cut within its last Ogg page, which states no length, the page is lost: the
    tolerance of 0.1 s is reported, since how much followed it nobody knows. A file that is cut
    between two pages cannot be told from one whose writer leaves out the mark of the last page, as
    Telegram's clients do. Neither can a WAV with other bytes in the place of some.

    Args:
        source: The file, its bytes, or a seekable stream.
        decoded_s: Length of what was decoded.
    """
    stated_s = _read_stated_length(source)
    lost_s = max(stated_s - decoded_s, 0.0)
    if lost_s > _TOLERANCE_S:
        return lost_s
    return _TOLERANCE_S if _ends_within_ogg_page(source) else 0.0


def _read_stated_length(source: Path | bytes | BinaryIO) -> Seconds:
    with _open(source) as file:
        if file.read(4) == b"RIFF":
            return _read_wav_length(file)
    try:
        with _open(source) as file, open_container(file) as container:
            if container.streams.video or not _is_trusted(container, source):
                return 0.0
            return (container.duration or 0) / av.time_base
    except DECODING_ERRORS:
        return 0.0


def _is_trusted(container: av.container.InputContainer, source: Path | bytes | BinaryIO) -> bool:
    if container.format.name != "mp3":
        return container.format.name in _STATES_LENGTH
    with _open(source) as file:
        head = file.read(1 << 16)
    return b"Xing" in head or b"Info" in head or b"VBRI" in head


def _read_wav_length(file: BinaryIO) -> Seconds:
    """Length by the ``fmt`` and ``data`` chunks; libsndfile and FFmpeg correct it by the size."""
    file.seek(12)
    bytes_per_s = 0
    while len(head := file.read(8)) == 8:
        name, size = head[:4], struct.unpack("<I", head[4:])[0]
        if name == b"data":
            known = 0 < size < _UNKNOWN_SIZE and bytes_per_s
            return size / bytes_per_s if known else 0.0
        body = file.read(size + size % 2)
        if name == b"fmt " and len(body) >= 12:
            bytes_per_s = struct.unpack("<I", body[8:12])[0]
    return 0.0


def _ends_within_ogg_page(source: Path | bytes | BinaryIO) -> bool:
    with _open(source) as file:
        if file.read(4) != _OGG_PAGE:
            return False
        size = file.seek(0, os.SEEK_END)
        file.seek(max(size - 2 * _OGG_LONGEST, 0))
        tail = file.read()
    at = tail.rfind(_OGG_PAGE)
    page = tail[at:]
    if len(page) < _OGG_HEADER:
        return True
    segments = page[_OGG_HEADER : _OGG_HEADER + page[_OGG_HEADER - 1]]
    return len(page) < _OGG_HEADER + page[_OGG_HEADER - 1] + sum(segments)


@contextmanager
def _open(source: Path | bytes | BinaryIO) -> Iterator[BinaryIO]:
    """The source from its start; a stream stays open."""
    if isinstance(source, Path):
        with source.open("rb") as file:
            yield file
    elif isinstance(source, bytes):
        yield io.BytesIO(source)
    else:
        source.seek(0)
        yield source
        source.seek(0)
