"""What one request used and gave, kept by whoever does the work for whoever counts it."""

import uuid
from collections.abc import MutableMapping
from dataclasses import dataclass, field
from typing import Any, Final

from ovoz.audio.measures import Measures
from ovoz.engine.transcript import Transcript

_IN_SCOPE: Final = "ovoz.account"


@dataclass(frozen=True, slots=True)
class Hearing:
    """One recording of a request. ``measures`` are there when the traffic log wants them."""

    transcript: Transcript
    measures: Measures | None
    processing_ms: float


@dataclass(slots=True)
class Account:
    """The account of one request.

    ``audio_s`` are the seconds of audio decoded for it, ``heard`` the recordings recognised.
    """

    request_id: str = field(default_factory=lambda: uuid.uuid4().hex)
    audio_s: float = 0.0
    heard: list[Hearing] = field(default_factory=list)

    def hear(self, transcript: Transcript, measures: Measures | None, processing_ms: float) -> None:
        """Add one recording."""
        self.heard.append(Hearing(transcript, measures, processing_ms))


def account_of(scope: MutableMapping[str, Any]) -> Account:
    """The account of the request with this ASGI scope, opened when nobody has."""
    account: Account = scope.setdefault(_IN_SCOPE, Account())
    return account
