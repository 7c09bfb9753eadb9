"""Bytes by name, each kept for a time: in this process or in Redis."""

from collections.abc import Awaitable, Callable
from typing import Any, Final, TypeVar

from cashews.backends.interface import Backend
from cashews.backends.memory import Memory
from cashews.backends.redis import Redis
from cashews.exceptions import CacheBackendInteractionError
from cashews.serialize import NULL_SERIALIZER

from ovoz.audio.signal import Seconds
from ovoz.serving.neighbours import DEADLINE_S, Neighbour
from ovoz.serving.store_settings import MEMORY

_ENTRY_BYTES: Final = 400
"""What one entry takes besides its value: its name, its time, its place in the order."""
_CONNECTIONS: Final = 64

_Answer = TypeVar("_Answer")


class BoundedMemory(Memory):
    """The least recently used entries go when ``max_bytes`` are full.

    cashews bounds a number of entries; a transcript may have ten bytes or a hundred thousand, so
    their bytes are counted here.
    """

    def __init__(self, max_bytes: int) -> None:
        # Entries whose time is over are found when they are asked for, or are the oldest.
        super().__init__(check_interval=0)
        self._max_bytes = max_bytes
        self._held_bytes = 0

    def _set(self, key: str, value: bytes, expire: float | None = None) -> None:
        self._forget(key)
        if _size(value) > self._max_bytes:
            return
        self.size = len(self.store) + 1
        super()._set(key, value, expire)
        self._held_bytes += _size(value)
        while self._held_bytes > self._max_bytes:
            self._forget(next(iter(self.store)))

    async def _delete(self, key: str) -> bool:
        return self._forget(key)

    def _forget(self, key: str) -> bool:
        found = self.store.pop(key, None)
        self._held_bytes -= _size(found[1]) if found else 0
        return found is not None


def _size(value: bytes) -> int:
    return len(value) + _ENTRY_BYTES


class Store:
    """A backend of cashews, with one time to live and one deadline for all entries.

    Every method raises :class:`NeighbourAwayError` when the backend does not answer in time.
    """

    def __init__(self, name: str, backend: Backend, ttl_s: Seconds, prefix: str = "") -> None:
        self.neighbour = Neighbour(name, CacheBackendInteractionError, OSError, probe=self._ping)
        self._backend = backend
        self._ttl_s = ttl_s
        self._prefix = prefix

    async def get(self, key: str) -> bytes | None:
        """What lies under ``key``; None when nothing does."""
        value: Any = await self._ask(lambda: self._backend.get(self._prefix + key))
        return value if isinstance(value, bytes) else None

    async def put(self, key: str, value: bytes, *, only_new: bool = False) -> bool:
        """Lay ``value`` under ``key``.

        Returns:
            Whether it lies there; not, with ``only_new``, where something does already.
        """
        exist = False if only_new else None
        return await self._ask(
            lambda: self._backend.set(self._prefix + key, value, expire=self._ttl_s, exist=exist)
        )

    async def drop(self, key: str) -> None:
        """Forget what lies under ``key``."""
        await self._ask(lambda: self._backend.delete(self._prefix + key))

    async def _ping(self) -> None:
        await self._ready()
        await self._backend.ping()

    async def _ready(self) -> None:
        if not self._backend.is_init:
            await self._backend.init()  # type: ignore[no-untyped-call]

    async def _ask(self, question: Callable[[], Awaitable[_Answer]]) -> _Answer:
        async def asked() -> _Answer:
            await self._ready()
            return await question()

        return await self.neighbour.ask(asked)


def open_store(url: str, ttl_s: Seconds, max_bytes: int, *, name: str, prefix: str) -> Store:
    """The store at ``url``; ``memory://`` is in this process, for ``max_bytes``.

    Raises:
        ValueError: the URL is neither ``memory://`` nor one of Redis.
    """
    if url == MEMORY:
        return Store(name, BoundedMemory(max_bytes), ttl_s)
    redis = Redis(
        url,
        suppress=False,  # errors are told apart from what is not there
        serializer=NULL_SERIALIZER,  # the default one unpickles what anybody wrote there
        max_connections=_CONNECTIONS,
        socket_timeout=DEADLINE_S,
        socket_connect_timeout=DEADLINE_S,
    )
    return Store(name, redis, ttl_s, prefix)
