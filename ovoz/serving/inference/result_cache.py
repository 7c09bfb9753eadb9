"""Results by what was asked: the same bytes, model and options are recognised once.

Kept are transcripts, never audio; a key is a hash, from which no audio can be told.
"""

import hashlib
import logging
import threading
from dataclasses import dataclass
from typing import BinaryIO, Final, Protocol, cast

import redis
from cachetools import TTLCache
from pydantic import TypeAdapter, ValidationError

from ovoz.audio.signal import Seconds
from ovoz.engine.transcript import Transcript
from ovoz.serving.settings import ServiceSettings

_PREFIX: Final = "ovoz:transcript:1:"
_PATIENCE_S: Final = 0.25
"""Longer than this nobody waits for a cache."""
_ENTRY_BYTES: Final = 400
"""What one entry takes besides its value: its name, its time, its place in the order."""
_LOG: Final = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Kept:
    """A transcript, and the length of its audio."""

    transcript: Transcript
    duration_s: Seconds


_KEPT: Final = TypeAdapter(Kept)


class Store(Protocol):
    """Bytes by name, each for a time.

    ``blocks`` says that its answer may take a while: not for the event loop.
    """

    blocks: bool

    def get(self, key: str) -> bytes | None:
        """What lies under ``key``; None when nothing does."""
        ...

    def put(self, key: str, value: bytes) -> None:
        """Lay ``value`` under ``key``."""
        ...

    def answers(self) -> bool:
        """Whether it can be asked at all."""
        ...


class MemoryStore:
    """In this process; the least recently used goes when ``max_bytes`` are full."""

    blocks = False

    def __init__(self, max_bytes: int, ttl_s: Seconds) -> None:
        self._kept: TTLCache[str, bytes] = TTLCache(max_bytes, ttl_s, getsizeof=_size)
        self._lock = threading.Lock()

    def get(self, key: str) -> bytes | None:
        """As :meth:`Store.get`."""
        with self._lock:
            return self._kept.get(key)

    def put(self, key: str, value: bytes) -> None:
        """As :meth:`Store.put`; what is larger than the whole store is not kept."""
        with self._lock:
            if _size(value) <= self._kept.maxsize:
                self._kept[key] = value

    def answers(self) -> bool:
        """As :meth:`Store.answers`: always."""
        return True


def _size(value: bytes) -> int:
    return len(value) + _ENTRY_BYTES


class RedisStore:
    """In Redis, for several processes; one that fails or is slow is a cache that has nothing."""

    blocks = True

    def __init__(self, url: str, ttl_s: Seconds, prefix: str) -> None:
        self._prefix = prefix
        self._redis = redis.Redis.from_url(
            url, socket_timeout=_PATIENCE_S, socket_connect_timeout=_PATIENCE_S
        )
        self._ttl_ms = max(1, round(1000 * ttl_s))

    def get(self, key: str) -> bytes | None:
        """As :meth:`Store.get`."""
        try:
            value = self._redis.get(self._prefix + key)
        except redis.RedisError as error:
            _LOG.warning("Redis does not answer: %s", type(error).__name__)
            return None
        return cast("bytes | None", value)  # it decodes nothing unless asked to

    def put(self, key: str, value: bytes) -> None:
        """As :meth:`Store.put`."""
        try:
            self._redis.set(self._prefix + key, value, px=self._ttl_ms)
        except redis.RedisError as error:
            _LOG.warning("Redis takes nothing: %s", type(error).__name__)

    def answers(self) -> bool:
        """As :meth:`Store.answers`."""
        try:
            return bool(self._redis.ping())
        except redis.RedisError:
            return False


class ResultCache:
    """Transcripts in a store."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def get(self, key: str) -> Kept | None:
        """The result under ``key``; None when there is none that can be read."""
        value = self._store.get(key)
        if value is None:
            return None
        try:
            return _KEPT.validate_json(value)
        except ValidationError:
            return None  # written by another version

    def answers(self) -> bool:
        """Whether the store can be asked."""
        return self._store.answers()

    def put(self, key: str, kept: Kept) -> None:
        """Keep a result."""
        self._store.put(key, _KEPT.dump_json(kept))


def configured_store(url: str, ttl_s: Seconds, max_bytes: int, *, prefix: str) -> Store:
    """The store at ``url``; ``memory://`` is in this process, for ``max_bytes``.

    Raises:
        ValueError: the URL is neither ``memory://`` nor one of Redis.
    """
    if url == "memory://":
        return MemoryStore(max_bytes, ttl_s)
    return RedisStore(url, ttl_s, prefix)


def configured_cache(settings: ServiceSettings) -> ResultCache | None:
    """The cache of ``settings.cache_url``; None without one.

    Raises:
        ValueError: as :func:`configured_store`.
    """
    url = settings.cache_url
    if not url:
        return None
    return ResultCache(
        configured_store(url, settings.cache_ttl_s, settings.cache_max_bytes, prefix=_PREFIX)
    )


def cache_key(recording: BinaryIO, *told: str) -> str:
    """The SHA-256 of a recording's bytes and of everything else that decides its transcript.

    ``recording`` is read whole and left at its start.
    """
    recording.seek(0)
    # The types ask for readinto, which every binary file has and BinaryIO does not name.
    digest = hashlib.file_digest(recording, hashlib.sha256)  # type: ignore[arg-type]
    recording.seek(0)
    for text in told:
        # Hashed one by one: no text can be taken for two.
        digest.update(hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest())
    return digest.hexdigest()
