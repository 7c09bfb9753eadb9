"""Numbered events on their way to a client, kept until it has them."""

import asyncio
from collections import deque
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import chain
from typing import Annotated, Final

from pydantic import Field

from ovoz.serving.live.events import LagWarning, LiveEvent
from ovoz.streaming.events import PartialTranscript

_MOST_KEPT: Final = 1_000
"""Sent events that are kept for a client that acknowledges none."""


@dataclass(frozen=True, slots=True)
class NumberedEvent:
    """An event and its place among those of its session, from 1."""

    seq: int
    event: Annotated[LiveEvent, Field(discriminator="kind")]


class Outbox:
    """Events in order; an unsent partial transcript makes way for the next one.

    Args:
        kept: Events of an earlier process that may not have arrived.
        last: Number of the last event.
    """

    def __init__(self, kept: Iterable[NumberedEvent] = (), last: int = 0) -> None:
        self._sent = deque(kept, _MOST_KEPT)
        self._unsent: deque[NumberedEvent] = deque()
        self._last = last
        self._more = asyncio.Event()
        self._is_closed = self._is_held = False

    @property
    def last(self) -> int:
        """Number of the last event."""
        return self._last

    @property
    def kept(self) -> list[NumberedEvent]:
        """Events that may not have arrived and are no partial transcripts."""
        return [one for one in chain(self._sent, self._unsent) if not _is_passing(one.event)]

    def put(self, event: LiveEvent) -> None:
        """Add an event."""
        before = self._unsent[-1] if self._unsent else None
        if before is not None and _makes_way(before.event, event):
            self._unsent[-1] = NumberedEvent(before.seq, event)
        else:
            self._last += 1
            self._unsent.append(NumberedEvent(self._last, event))
        self._more.set()

    async def get(self) -> NumberedEvent | None:
        """The next event to send; None when the outbox is closed and empty."""
        while self._is_held or not self._unsent:
            if self._is_closed and not self._is_held:
                return None
            self._more.clear()
            await self._more.wait()
        numbered = self._unsent.popleft()
        if not _is_passing(numbered.event):
            self._sent.append(numbered)
        return numbered

    @contextmanager
    def hold(self) -> Iterator[None]:
        """Let nothing out until something else is done."""
        self._is_held = True
        try:
            yield
        finally:
            self._is_held = False
            self._more.set()

    def acknowledge(self, seq: int) -> None:
        """The client has the events up to ``seq``."""
        while self._sent and self._sent[0].seq <= seq:
            self._sent.popleft()

    def rewind(self, seq: int) -> None:
        """Send again what came after ``seq``."""
        self.acknowledge(seq)
        self._unsent.extendleft(reversed(self._sent))
        self._sent.clear()
        self._last = max(self._last, seq)
        self._more.set()

    def close(self) -> None:
        """No event will follow."""
        self._is_closed = True
        self._more.set()


def _is_passing(event: LiveEvent) -> bool:
    """Whether nobody misses the event once a later one came."""
    return isinstance(event, PartialTranscript | LagWarning)


def _makes_way(before: LiveEvent, event: LiveEvent) -> bool:
    if isinstance(before, PartialTranscript) and isinstance(event, PartialTranscript):
        return before.track == event.track
    return isinstance(before, LagWarning) and isinstance(event, LagWarning)
