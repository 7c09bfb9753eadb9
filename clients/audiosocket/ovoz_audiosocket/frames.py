"""AudioSocket's frames: a byte for the kind, two for the length (big-endian), the payload.

Source: Asterisk's ``res_audiosocket.h`` and the AudioSocket page of its documentation.
"""

import asyncio
import uuid
from dataclasses import dataclass
from typing import Final

HANG_UP: Final = 0x00
UUID: Final = 0x01
ERROR: Final = 0xFF
SAMPLE_RATES: Final = {
    0x10: 8_000, 0x11: 12_000, 0x12: 16_000, 0x13: 24_000, 0x14: 32_000,
    0x15: 44_100, 0x16: 48_000, 0x17: 96_000, 0x18: 192_000,
}  # fmt: skip
"""Signed 16-bit little-endian mono, by kind; Asterisk before 22 sends 8 kHz alone."""


class FrameError(ValueError):
    """What arrives is not AudioSocket."""


@dataclass(frozen=True, slots=True)
class Frame:
    """One frame."""

    kind: int
    payload: bytes


async def read_frame(reader: asyncio.StreamReader) -> Frame | None:
    """The next frame; None where the connection ends, in the middle of one too."""
    try:
        head = await reader.readexactly(3)
        return Frame(head[0], await reader.readexactly(int.from_bytes(head[1:], "big")))
    except (asyncio.IncompleteReadError, ConnectionError):
        return None


def read_call_id(frame: Frame) -> str:
    """The identity of a call, which its first frame has.

    Raises:
        FrameError: It is another frame, or has none.
    """
    if frame.kind != UUID or len(frame.payload) != 16:
        raise FrameError(f"the first frame must hold a UUID, not kind 0x{frame.kind:02x}")
    return str(uuid.UUID(bytes=frame.payload))
