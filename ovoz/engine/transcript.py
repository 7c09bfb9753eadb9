"""What every engine takes and gives."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

from ovoz.audio.signal import Samples, Seconds
from ovoz.text.language import Language


@dataclass(frozen=True, slots=True)
class Word:
    """One recognised word; times in seconds from the start of the audio, confidence in [0, 1]."""

    text: str
    start_s: float
    end_s: float
    language: Language
    confidence: float


@dataclass(frozen=True, slots=True)
class Switch:
    """A change of language between word ``index - 1`` and word ``index``, at ``time_s`` seconds."""

    index: int
    time_s: float
    from_language: Language
    to_language: Language


@dataclass(frozen=True, slots=True)
class Timings:
    """Seconds spent in the network and in decoding its output.

    Readers that search and run the network in turns report all of it as ``network_s``.
    """

    network_s: Seconds = 0.0
    decoding_s: Seconds = 0.0


@dataclass(frozen=True, slots=True)
class Transcript:
    """The recognised text of ``duration_s`` seconds of audio.

    Confidences are in [0, 1]. ``timings`` say how long it took and do not count in comparisons.
    """

    text: str
    words: tuple[Word, ...]
    language: Language
    language_confidence: float
    switches: tuple[Switch, ...]
    confidence: float
    model_version: str
    duration_s: Seconds = 0.0
    timings: Timings = field(default_factory=Timings, compare=False)


class SupportsTranscribe(Protocol):
    """Anything that transcribes; :class:`ovoz.engine.engine.Engine` for one."""

    model_version: str

    def transcribe(self, batch: Sequence[Samples]) -> list[Transcript]:
        """Transcripts of signals, float32 [T] at 16 kHz in [-1, 1], in the same order.

        Raises:
            ValueError: audio that cannot be taken.
        """
        ...
