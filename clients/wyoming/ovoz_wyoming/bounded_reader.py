"""What a connection may send: events of a bounded size."""

import asyncio
from typing import Final

MOST_BYTES: Final = 1 << 20
"""Of the data or the audio of one event; programs send 2 to 64 KB."""


class EventSizeError(ValueError):
    """An event is larger than any program needs."""


class BoundedReader(asyncio.StreamReader):
    """A stream of which no more than :data:`MOST_BYTES` are read at once.

    The lengths of data and audio are what the other side says, and the library reads as much.
    """

    async def readexactly(self, n: int) -> bytes:
        """Read exactly ``n`` bytes.

        Raises:
            EventSizeError: Too many are wanted.
            asyncio.IncompleteReadError: The connection ends before.
        """
        if n > MOST_BYTES:
            raise EventSizeError(f"an event of {n} bytes; at most {MOST_BYTES} are read")
        return await super().readexactly(n)
