"""The microphone, read by FFmpeg's devices."""

import asyncio
import platform
from collections.abc import AsyncIterator, Iterator
from typing import Final

import av

from ovoz.audio.signal import SAMPLE_RATE, Seconds

_SYSTEMS: Final = {
    "Linux": ("alsa", "default"),
    "Darwin": ("avfoundation", ":0"),
    "Windows": ("dshow", "audio=Microphone"),
}
"""FFmpeg's input of the system, and the device that it takes without another one."""


class MicrophoneError(Exception):
    """The microphone cannot be read."""


def listen(device: str, piece_s: Seconds) -> AsyncIterator[bytes]:
    """What the microphone hears, 16-bit mono at 16 kHz, in pieces of about ``piece_s`` seconds.

    Args:
        device: as FFmpeg names it; empty for the system's own.
        piece_s: of a piece.

    Raises:
        MicrophoneError: There is none, or it ends.
    """
    return _asynchronous(_blocks(device, piece_s))


def _blocks(device: str, piece_s: Seconds) -> Iterator[bytes]:
    kind, usual = _SYSTEMS.get(platform.system(), ("alsa", "default"))
    resampler = av.AudioResampler("s16", "mono", SAMPLE_RATE, frame_size=0)
    kept, size = bytearray(), round(piece_s * SAMPLE_RATE) * 2
    try:
        with av.open(device or usual, format=kind) as source:
            for frame in source.decode(audio=0):
                for part in resampler.resample(frame):
                    kept += part.to_ndarray().tobytes()
                if len(kept) >= size:
                    yield bytes(kept)
                    kept.clear()
    except (av.FFmpegError, IndexError, ValueError) as error:
        told = f"{device or usual!r} cannot be read by {kind}: {error}; name another by --device"
        raise MicrophoneError(f"microphone {told}") from error


async def _asynchronous(blocks: Iterator[bytes]) -> AsyncIterator[bytes]:
    while (block := await asyncio.to_thread(next, blocks, None)) is not None:
        yield block
