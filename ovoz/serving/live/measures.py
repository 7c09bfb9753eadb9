"""Latencies of one live session, from when its audio arrived."""

import time
from collections import deque
from typing import Final

from ovoz.audio.signal import Seconds
from ovoz.serving.telemetry import metrics
from ovoz.streaming.events import (
    Event,
    FinalTranscript,
    PartialTranscript,
    SpeechEnded,
    SpeechStarted,
)

_REMEMBERED: Final = 4_000
"""Arrivals; a minute or more of audio, as frames have 20 ms at least."""


class SessionMeasures:
    """Observes the events of one session for the figures."""

    def __init__(self) -> None:
        self._arrivals: deque[tuple[Seconds, Seconds]] = deque(maxlen=_REMEMBERED)
        self._onsets: dict[int, Seconds] = {}

    def note_audio(self, end_s: Seconds) -> None:
        """Audio up to ``end_s`` of the session arrived now."""
        self._arrivals.append((end_s, time.monotonic()))

    def observe(self, event: Event, lag_s: Seconds) -> None:
        """Count an event that is sent now."""
        if isinstance(event, SpeechStarted):
            self._onsets[event.track] = event.at_s
        elif isinstance(event, PartialTranscript):
            onset_s = self._onsets.pop(event.track, None)
            if onset_s is not None:
                metrics.FIRST_PARTIAL.observe(self._since(onset_s))
        elif isinstance(event, FinalTranscript):
            metrics.SHOWN_WORDS.inc(event.shown_words)
            metrics.CHANGED_WORDS.inc(event.changed_words)
            metrics.LAG.observe(lag_s)
        elif isinstance(event, SpeechEnded):
            metrics.FINAL.observe(self._since(event.at_s))

    def _since(self, place_s: Seconds) -> Seconds:
        """Seconds since the audio at ``place_s`` arrived."""
        now = time.monotonic()
        return now - next((at for end_s, at in self._arrivals if end_s >= place_s), now)
