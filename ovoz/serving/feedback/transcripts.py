"""Transcripts remembered for a while by request and caller."""

import hashlib
from dataclasses import dataclass
from typing import Final

from pydantic import TypeAdapter, ValidationError

from ovoz.engine.transcript import Transcript
from ovoz.serving.inference.result_cache import Store, configured_store
from ovoz.serving.settings import ServiceSettings

_PREFIX: Final = "ovoz:heard:1:"


@dataclass(frozen=True, slots=True)
class Remembered:
    """What was answered to a request."""

    text: str
    pack: str
    corrected: bool = False


_REMEMBERED: Final = TypeAdapter(Remembered)


class Transcripts:
    """Transcripts by request and caller, each for a time; ``blocks`` is the store's."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self.blocks = store.blocks

    def remember(self, caller: str, request_id: str, transcript: Transcript, pack: str) -> None:
        """Keep the text of ``transcript``."""
        self._put(caller, request_id, Remembered(transcript.text, pack))

    def get(self, caller: str, request_id: str) -> Remembered | None:
        """What this caller was answered, if it is still known."""
        value = self._store.get(_key(caller, request_id))
        try:
            return None if value is None else _REMEMBERED.validate_json(value)
        except ValidationError:
            return None  # written by another version

    def mark_corrected(self, caller: str, request_id: str, known: Remembered) -> None:
        """Count a request's correction once; its text is not needed any more."""
        self._put(caller, request_id, Remembered("", known.pack, corrected=True))

    def _put(self, caller: str, request_id: str, remembered: Remembered) -> None:
        self._store.put(_key(caller, request_id), _REMEMBERED.dump_json(remembered))


def configured_transcripts(settings: ServiceSettings) -> Transcripts | None:
    """The memory for feedback; None where it is turned off."""
    if settings.feedback_ttl_s == 0:
        return None
    url, ttl_s = settings.feedback_url, settings.feedback_ttl_s
    store = configured_store(url, ttl_s, settings.feedback_max_bytes, prefix=_PREFIX)
    return Transcripts(store)


def _key(caller: str, request_id: str) -> str:
    told = f"{len(caller)}:{caller}:{request_id}"
    return hashlib.sha256(told.encode("utf-8", "surrogatepass")).hexdigest()
