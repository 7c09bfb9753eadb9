"""What a process needs to go on with a session of another one, and where it is kept."""

from contextlib import suppress
from dataclasses import dataclass, field
from typing import Final

from pydantic import TypeAdapter, ValidationError

from ovoz.audio.signal import Seconds
from ovoz.serving.live.outbox import NumberedEvent
from ovoz.serving.neighbours import NeighbourAwayError
from ovoz.serving.stores import Store, open_store

_PREFIX: Final = "ovoz:live:1:"
_MAX_BYTES: Final = 64 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class SessionSnapshot:
    """A session up to sample ``position``, before which everything is answered.

    ``kept`` are events that the client may not have; ``last`` is the number of the last one.
    """

    id: str
    caller: str
    position: int
    next_segments: list[int]
    last: int
    kept: list[NumberedEvent] = field(default_factory=list)


_SNAPSHOT: Final = TypeAdapter(SessionSnapshot)


class Snapshots:
    """Snapshots of sessions by their identifier, each kept for ``ttl_s``.

    The store is Redis. One that is away costs a client the way back, not its session.
    """

    def __init__(self, url: str, ttl_s: Seconds) -> None:
        self._store: Store = open_store(
            url, ttl_s, _MAX_BYTES, name="the store of sessions", prefix=_PREFIX
        )

    async def save(self, snapshot: SessionSnapshot) -> None:
        """Keep a snapshot in place of the one before."""
        with suppress(NeighbourAwayError):
            await self._store.put(snapshot.id, _SNAPSHOT.dump_json(snapshot))

    async def drop(self, session_id: str) -> None:
        """Forget a session that is over."""
        with suppress(NeighbourAwayError):
            await self._store.drop(session_id)

    async def find(self, session_id: str) -> SessionSnapshot | None:
        """The snapshot of a session; None where there is none."""
        try:
            found = await self._store.get(session_id)
            return None if found is None else _SNAPSHOT.validate_json(found)
        except (NeighbourAwayError, ValidationError):
            return None
