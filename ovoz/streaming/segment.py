"""A segment of speech: while it grows, and when it waits for its final transcript."""

from dataclasses import dataclass, field

from ovoz.audio.signal import Samples
from ovoz.engine.transcript import Word
from ovoz.streaming.agreement import Agreement
from ovoz.streaming.display import Display
from ovoz.streaming.events import CloseReason


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
