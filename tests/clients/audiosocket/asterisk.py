"""AudioSocket as Asterisk speaks it (``res_audiosocket.c``): the calling side."""

import asyncio
import uuid
from contextlib import suppress

FRAME_BYTES = 320
"""20 ms at 8 kHz."""


def frame(kind: int, payload: bytes = b"") -> bytes:
    return bytes([kind]) + len(payload).to_bytes(2, "big") + payload


def greeting(call_id: uuid.UUID) -> bytes:
    return frame(0x01, call_id.bytes)


def audio(content: bytes) -> list[bytes]:
    """The frames of 16-bit samples at 8 kHz."""
    return [
        frame(0x10, content[place : place + FRAME_BYTES])
        for place in range(0, len(content), FRAME_BYTES)
    ]


async def call(port: int, pieces: list[bytes], *, reset: bool = False) -> None:
    """Send pieces, then end the connection: in order, or by a reset."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    with suppress(ConnectionError):  # the bridge may close before all is sent
        for piece in pieces:
            writer.write(piece)
            await writer.drain()
        if not reset:
            writer.write_eof()
            await reader.read()  # until the bridge has done with the call
    writer.transport.abort()
