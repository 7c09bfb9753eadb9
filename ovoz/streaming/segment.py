"""A segment of speech: while it grows, and when it waits for its final transcript."""

from dataclasses import dataclass, field

from ovoz.audio.signal import SAMPLE_RATE, Samples, Seconds
from ovoz.engine.transcript import Transcript, Word
from ovoz.streaming.agreement import Agreement
from ovoz.streaming.display import Display
from ovoz.streaming.events import (
    CloseReason,
    Event,
    FinalTranscript,
    PartialTranscript,
    SpeechEnded,
    SpeechStarted,
)


@dataclass(slots=True)
class OpenSegment:
    """A segment that still grows; places are samples of the session.

    Attributes:
        number: Counted from 0 in its track.
        start: Where its audio begins.
        onset: Where speech begins.
        voiced_to: End of the last frame with speech.
        heard_to: End of the last word of the latest reading.
        window_start: Where the next window to read begins.
        drafted_to: End of the latest window to be read.
        speech_at: Where to report that somebody begins to speak; None where nobody may.
        is_announced: Whether that was reported.
    """

    number: int
    start: int
    onset: int
    voiced_to: int
    agreement: Agreement
    speech_at: int | None = None
    is_announced: bool = False
    display: Display = field(default_factory=Display)
    heard_to: int = 0
    window_start: int = 0
    drafted_to: int = 0
    has_words: bool = False

    def __post_init__(self) -> None:
        self.window_start = self.start
        self.drafted_to = self.onset
        self.heard_to = self.start

    @property
    def sounded_to(self) -> int:
        """Where speech was noticed last, by voice activity or by a word."""
        return max(self.voiced_to, self.heard_to)

    def partial(self, track: int, end_s: Seconds) -> PartialTranscript:
        """Show the words that are read so far, up to ``end_s``."""
        words = tuple(self.agreement.shown)
        self.display.show([word.text for word in words])
        stable = len(self.agreement.stable)
        return PartialTranscript(track, self.number, _seconds(self.start), end_s, words, stable)

    def closed(self, samples: Samples, reason: CloseReason) -> "ClosedSegment":
        """The same with its audio complete, float32 [T] from ``start`` on."""
        return ClosedSegment(
            number=self.number,
            start=self.start,
            samples=samples,
            sounded_to=min(self.sounded_to, self.start + len(samples)),
            reason=reason,
            stable=tuple(self.agreement.stable),
            display=self.display,
            speech_at=self.speech_at,
            is_announced=self.is_announced,
        )


@dataclass(frozen=True, slots=True, eq=False)
class ClosedSegment:
    """A segment whose audio is complete."""

    number: int
    start: int
    samples: Samples
    sounded_to: int
    reason: CloseReason
    stable: tuple[Word, ...]
    display: Display
    speech_at: int | None
    is_announced: bool

    @property
    def end(self) -> int:
        """The sample after the last."""
        return self.start + len(self.samples)

    def answered(self, track: int, placed: Transcript) -> list[Event]:
        """What its final transcript, at the times of the session, makes known."""
        events: list[Event] = []
        texts = [word.text for word in placed.words]
        speech_at = self.speech_at
        if texts and speech_at is None:
            speech_at = round(placed.words[0].start_s * SAMPLE_RATE)
        if speech_at is not None and not self.is_announced:
            events.append(SpeechStarted(track, _seconds(speech_at)))
        self.display.show(texts)
        if texts:
            events.append(self._final(track, placed, texts))
        if self.reason.ends_speech and speech_at is not None:
            events.append(SpeechEnded(track, _seconds(self.sounded_to)))
        return events

    def _final(self, track: int, placed: Transcript, texts: list[str]) -> FinalTranscript:
        stable = [word.text for word in self.stable]
        same = sum(one == other for one, other in zip(stable, texts, strict=False))
        return FinalTranscript(
            track=track,
            segment=self.number,
            start_s=_seconds(self.start),
            end_s=_seconds(self.end),
            transcript=placed,
            reason=self.reason,
            shown_words=self.display.written,
            changed_words=self.display.changed,
            stable_changed=len(stable) - same,
        )


def _seconds(position: int) -> Seconds:
    return position / SAMPLE_RATE
