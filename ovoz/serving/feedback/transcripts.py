"""Transcripts remembered for a while by request and caller."""

import hashlib
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Final, Self

from pydantic import TypeAdapter, ValidationError

from ovoz.monitoring.corrections import length_range
from ovoz.monitoring.traffic import Way
from ovoz.serving.neighbours import NeighbourAwayError
from ovoz.serving.recognition import Recognition
from ovoz.serving.store_settings import FeedbackSettings
from ovoz.serving.stores import Store, open_store

_PREFIX: Final = "ovoz:heard:3:"


@dataclass(frozen=True, slots=True)
class Remembered:
    """What was answered to a request, and what a correction of it is counted by."""

    text: str
    pack: str
    model_version: str
    way: Way
    length: str

    @classmethod
    def of(cls, recognition: Recognition, pack: str, way: Way) -> Self:
        """What is remembered of a recognition."""
        heard = recognition.transcript
        length = length_range(recognition.duration_s)
        return cls(heard.text, pack, heard.model_version, way, length)


_REMEMBERED: Final = TypeAdapter(Remembered)


class Transcripts:
    """Transcripts by request and caller, each for a time."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self.neighbour = store.neighbour

    async def remember(self, caller: str, request_id: str, answered: Remembered) -> None:
        """Keep what was answered; a store that is away costs the caller a correction, no more."""
        try:
            await self._store.put(_key(caller, request_id), _REMEMBERED.dump_json(answered))
        except NeighbourAwayError:
            return

    async def get(self, caller: str, request_id: str) -> Remembered | None:
        """What this caller was answered, if it is still known.

        Raises:
            NeighbourAwayError: the store does not answer.
        """
        value = await self._store.get(_key(caller, request_id))
        try:
            return None if value is None else _REMEMBERED.validate_json(value)
        except ValidationError:
            return None  # written by another version

    async def claim_correction(self, caller: str, request_id: str, known: Remembered) -> bool:
        """Whether this is the first correction; its text is not needed any more.

        One atomic write decides, however many processes are sent the same correction at once.

        Raises:
            NeighbourAwayError: the store does not answer.
        """
        key = _key(caller, request_id)
        if not await self._store.put(f"{key}:corrected", b"{}", only_new=True):
            return False
        # The claim is won: a store that goes away now may keep the text for its time, but the
        # correction counts. A retry would find it claimed.
        with suppress(NeighbourAwayError):
            await self._store.put(key, _REMEMBERED.dump_json(replace(known, text="")))
        return True


def configured_transcripts(settings: FeedbackSettings) -> Transcripts | None:
    """The memory for feedback; None where it is turned off."""
    if settings.ttl_s == 0:
        return None
    return Transcripts(
        open_store(
            settings.url,
            settings.ttl_s,
            settings.max_bytes,
            name="the memory for feedback",
            prefix=_PREFIX,
        )
    )


def _key(caller: str, request_id: str) -> str:
    told = f"{len(caller)}:{caller}:{request_id}"
    return hashlib.sha256(told.encode("utf-8", "surrogatepass")).hexdigest()
