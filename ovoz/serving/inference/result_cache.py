"""Results by what was asked: the same bytes, model and options are recognised once.

Kept are transcripts, never audio; a key is a hash, from which no audio can be told.
"""

import dataclasses
import hashlib
from typing import BinaryIO, Final

from pydantic import TypeAdapter, ValidationError

from ovoz.serving.neighbours import NeighbourAwayError
from ovoz.serving.recognition import Recognition
from ovoz.serving.store_settings import CacheSettings
from ovoz.serving.stores import Store, open_store

_PREFIX: Final = "ovoz:transcript:3:"
_KEPT: Final = TypeAdapter(Recognition)


class ResultCache:
    """Recognitions in a store; one that is away is a cache that has nothing."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self.neighbour = store.neighbour

    async def get(self, key: str) -> Recognition | None:
        """The result under ``key``; None when there is none that can be read."""
        try:
            value = await self._store.get(key)
            return None if value is None else _KEPT.validate_json(value)
        except (NeighbourAwayError, ValidationError):
            return None  # not there, or written by another version

    async def put(self, key: str, recognition: Recognition) -> None:
        """Keep a result, without the request that it belongs to."""
        kept = dataclasses.replace(recognition, request_id="", measures=None)
        try:
            await self._store.put(key, _KEPT.dump_json(kept))
        except NeighbourAwayError:
            return


def configured_cache(settings: CacheSettings) -> ResultCache | None:
    """The cache at the URL of the settings; None without one."""
    if not settings.url:
        return None
    return ResultCache(
        open_store(
            settings.url,
            settings.ttl_s,
            settings.max_bytes,
            name="the result cache",
            prefix=_PREFIX,
        )
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
