"""What one request used and gave, kept by whoever does the work for whoever counts it."""

import uuid
from collections.abc import Callable, MutableMapping
from dataclasses import dataclass, field
from typing import Any, Final

from asgi_correlation_id import correlation_id

from ovoz.serving.recognition import Recognition
from ovoz.serving.telemetry import metrics

_IN_SCOPE: Final = "ovoz.usage"


@dataclass(slots=True)
class RequestUsage:
    """The usage of one request.

    ``audio_s`` are the seconds of audio decoded for it; ``recognitions`` are new ones, none that
    come from the cache.
    """

    request_id: str = field(default_factory=lambda: correlation_id.get() or uuid.uuid4().hex)
    audio_s: float = 0.0
    recognitions: list[Recognition] = field(default_factory=list)
    hand_on: Callable[[Recognition], None] | None = None
    """Takes recognitions one by one instead: a socket has them all day."""

    def count(self, recognition: Recognition) -> None:
        """Add one recording, here and to the figures."""
        if self.hand_on is None:
            self.recognitions.append(recognition)
        else:
            self.hand_on(recognition)
        metrics.AUDIO_SECONDS.labels(recognition.transcript.language.value).inc(
            recognition.duration_s
        )
        if recognition.duration_s > 0:
            processing_s = recognition.processing_ms / 1000
            metrics.REAL_TIME_FACTOR.observe(processing_s / recognition.duration_s)


def usage_of(scope: MutableMapping[str, Any]) -> RequestUsage:
    """The usage of the request with this ASGI scope."""
    usage: RequestUsage = scope.setdefault(_IN_SCOPE, RequestUsage())
    return usage
