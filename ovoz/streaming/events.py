"""What a streaming session reports, and what it asks to have recognised.

All times are seconds from the start of the session, by the audio received and not by the clock.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

from ovoz.audio.signal import SAMPLE_RATE, Samples, Seconds
from ovoz.engine.transcript import Transcript, Word
from ovoz.text.language import Language, join_languages


def language_of(words: Sequence[Word]) -> Language:
    """The language of words that know their own."""
    return join_languages(word.language for word in words)


class CloseReason(StrEnum):
    """Why a segment ended."""

    SILENCE = "silence"
    BLANK = "blank"
    """Sound without words."""
    CLOCK = "clock"
    """No more audio came."""
    LENGTH = "length"
    FINALIZE = "finalize"
    """The client asked for it."""

    @property
    def ends_speech(self) -> bool:
        """Whether nobody speaks on behind the end of the segment."""
        return self is not CloseReason.LENGTH


@dataclass(frozen=True, slots=True)
class SpeechStarted:
    """Somebody begins to speak."""

    track: int
    at_s: Seconds
    kind: Literal["speech_started"] = "speech_started"


@dataclass(frozen=True, slots=True)
class SpeechEnded:
    """Nobody speaks any more; the final transcript came before."""

    track: int
    at_s: Seconds
    kind: Literal["speech_ended"] = "speech_ended"


@dataclass(frozen=True, slots=True)
class PartialTranscript:
    """Words of a segment so far. The first ``stable_words`` will not change in later partials."""

    track: int
    segment: int
    start_s: Seconds
    end_s: Seconds
    words: tuple[Word, ...]
    stable_words: int
    kind: Literal["partial"] = "partial"

    @property
    def language(self) -> Language:
        """The language of all words, or ``mixed``."""
        return language_of(self.words)

    @property
    def text(self) -> str:
        """The words as one line."""
        return " ".join(word.text for word in self.words)

    @property
    def stable_chars(self) -> int:
        """Length of the part of the text that will not change."""
        return len(" ".join(word.text for word in self.words[: self.stable_words]))


@dataclass(frozen=True, slots=True)
class FinalTranscript:
    """The transcript of a segment, which never changes; it has at least one word.

    ``shown_words`` counts the words that the partial transcripts and this one wrote, a rewritten
    one again; ``changed_words`` those among them that were replaced or taken back.
    ``stable_changed`` are stable words of partial transcripts that this one has otherwise.
    """

    track: int
    segment: int
    start_s: Seconds
    end_s: Seconds
    transcript: Transcript
    reason: CloseReason
    shown_words: int
    changed_words: int
    stable_changed: int
    kind: Literal["final"] = "final"


@dataclass(frozen=True, slots=True)
class Flushed:
    """Everything received before a request to finalize was answered."""

    at_s: Seconds
    kind: Literal["flushed"] = "flushed"


Event = SpeechStarted | SpeechEnded | PartialTranscript | FinalTranscript | Flushed


@dataclass(frozen=True, slots=True, eq=False)
class WindowRequest:
    """Audio to recognise: float32 [T] at 16 kHz from sample ``start`` of the session."""

    track: int
    segment: int
    start: int
    samples: Samples
    is_final: bool

    @property
    def end(self) -> int:
        """The sample after the last."""
        return self.start + len(self.samples)

    @property
    def start_s(self) -> Seconds:
        """Its start in the session."""
        return self.start / SAMPLE_RATE
