"""Events of a stream that wait for their reader."""

import asyncio
from collections import deque

from ovoz_client.events import Event, PartialTranscript


class EventQueue:
    """A queue that a slow reader does not fill: of waiting partials only the latest is kept."""

    def __init__(self) -> None:
        self._waiting: deque[Event] = deque()
        self._changed = asyncio.Event()
        self._error: Exception | None = None
        self._is_closed = False

    def put(self, event: Event) -> None:
        """Add an event."""
        if self._waiting and _replaces(event, self._waiting[-1]):
            self._waiting.pop()
        self._waiting.append(event)
        self._changed.set()

    def close(self, error: Exception | None = None) -> None:
        """Nothing more comes; the reader gets the error behind the last event."""
        self._error = error
        self._is_closed = True
        self._changed.set()

    async def get(self) -> Event:
        """The next event.

        Raises:
            StopAsyncIteration: There are no more.
        """
        while not self._waiting:
            if self._is_closed:
                if self._error is not None:
                    raise self._error
                raise StopAsyncIteration
            self._changed.clear()
            await self._changed.wait()
        return self._waiting.popleft()


def _replaces(event: Event, earlier: Event) -> bool:
    if not isinstance(event, PartialTranscript) or not isinstance(earlier, PartialTranscript):
        return False
    return (event.channel, event.segment) == (earlier.channel, earlier.segment)
