"""What a stream knows of itself whatever happens to its connection."""

import asyncio
from dataclasses import dataclass
from typing import Any, Literal

from ovoz_client.events import (
    Done,
    Event,
    Finalized,
    FinalTranscript,
    PartialTranscript,
    Ready,
    SpeechEnded,
    SpeechStarted,
    read_event,
    shifted,
)
from ovoz_client.kept_audio import KeptAudio
from ovoz_client.stream_options import StreamOptions

_ROUNDING_S = 0.05
"""Times are rounded and, of audio at other rates, late by the resampler's delay."""


@dataclass(frozen=True, slots=True)
class Mark:
    """A command at its place in the audio."""

    place: int
    type: Literal["finalize", "stop"]


class StreamState:
    """Audio, commands and progress of one stream.

    Args:
        options: of the stream.
        kept_s: seconds of audio that are kept after they were sent.
    """

    def __init__(self, options: StreamOptions, kept_s: float) -> None:
        self.options = options
        self.audio = KeptAudio()
        self.capacity = options.bytes_of(kept_s)
        self.sent = 0
        self.marks: list[Mark] = []
        self.is_stopping = False
        self.is_done = False
        self.session_id, self.last_seq = "", 0
        self.fault: dict[str, Any] | None = None
        self.changed = asyncio.Condition()
        self._is_restarted = False
        self._base = 0
        self._received = 0
        self._settled_s = [0.0] * options.channels
        self._next_segment = [0] * options.channels
        self._first_segment = [0] * options.channels

    @property
    def start_message(self) -> dict[str, Any]:
        """The first message of a connection."""
        known = {"session_id": self.session_id, "last_seq": self.last_seq}
        return self.options.start_message | (known if self.session_id else {})

    def note_sent(self, place: int) -> None:
        """Audio up to ``place`` was given to a connection; what is old enough is forgotten."""
        self.sent = max(self.sent, place)
        self.audio.forget(self.sent - self.capacity)

    def begin(self, ready: Ready) -> tuple[int, bool]:
        """A connection is open: where audio goes on, and whether that is further than before.

        Raises:
            ValueError: Audio is asked for that is not kept any more.
        """
        place = self._base + (ready.received_bytes or 0)
        if place < self.audio.start:
            raise ValueError(f"the service asks for audio from byte {place} on: too long ago")
        is_new = not self.session_id
        self.session_id = ready.session_id
        is_further = place > self._received or is_new
        self._received = max(place, self._received)
        return place, is_further

    def restart(self) -> None:
        """The service has forgotten the session: a new one, from the end of the last finals on."""
        settled = self.options.bytes_of(min(self._settled_s))
        self._base = max(settled, self.audio.start)
        self._base += -self._base % self.options.block_bytes
        self._first_segment = list(self._next_segment)
        self.session_id, self.last_seq = "", 0
        self._is_restarted = True

    def take(self, message: dict[str, Any]) -> Event | None:
        """The event of a message, in times of the whole stream; None for what is none, or old."""
        self.last_seq = max(self.last_seq, int(message.get("seq", 0)))
        event = read_event(message)
        if event is None:
            return None
        if self._is_restarted:
            event = shifted(event, self.options.seconds_of(self._base), self._first_segment)
            if self._is_old(event):
                if isinstance(event, FinalTranscript):  # its number is given to the next one
                    self._first_segment[event.channel] -= 1
                return None
        self._note(event)
        return event

    def _note(self, event: Event) -> None:
        match event:
            case FinalTranscript(channel=channel, end_s=end_s, segment=segment):
                self._settled_s[channel] = max(self._settled_s[channel], end_s)
                self._next_segment[channel] = max(self._next_segment[channel], segment + 1)
            case Finalized(at_s=at_s):
                self._settled_s = [max(settled_s, at_s) for settled_s in self._settled_s]
                answered = self.options.bytes_of(at_s + _ROUNDING_S)
                self.marks = [
                    mark
                    for mark in self.marks
                    if mark.type == "stop" or mark.place > min(answered, self.sent)
                ]
            case Done():
                self.is_done = True
            case _:
                pass

    def _is_old(self, event: Event) -> bool:
        """Whether an earlier session reported it: the channels of a call settle apart."""
        match event:
            case PartialTranscript() | FinalTranscript():
                return event.end_s <= self._settled_s[event.channel] + _ROUNDING_S
            case SpeechStarted() | SpeechEnded():
                return event.at_s < self._settled_s[event.channel] - _ROUNDING_S
            case _:
                return False
