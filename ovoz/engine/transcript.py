"""Transcripts: words with times, languages and confidences, and how they are built."""

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from itertools import pairwise
from typing import Any, Protocol

from ovoz.audio.signal import Samples, Seconds
from ovoz.decoding.hypothesis import DecodedWord
from ovoz.text.language import LabelWords, Language, join_languages, label_by_script


@dataclass(frozen=True, slots=True)
class Word:
    """One recognised word; times in seconds from the start of the audio, confidence in [0, 1].

    ``speaker`` counts from 1; None where nobody asked who speaks.
    """

    text: str
    start_s: float
    end_s: float
    language: Language
    confidence: float
    speaker: int | None = None


def word_fields(word: Word) -> dict[str, Any]:
    """The fields of a word by name; that of its speaker only where it has one."""
    fields = asdict(word)
    if word.speaker is None:
        del fields["speaker"]
    return fields


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

    Confidences are in [0, 1]. ``timings`` is how long the engine took; it does not count in
    comparisons.
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
    """Anything that transcribes, such as :class:`ovoz.engine.engine.Engine`."""

    model_version: str

    def transcribe(self, batch: Sequence[Samples]) -> list[Transcript]:
        """Transcripts of signals, float32 [T] at 16 kHz in [-1, 1], in the same order.

        Raises:
            ValueError: A signal has another shape or type, or holds NaN or infinite samples.
        """
        ...


def build_transcript(
    decoded: Sequence[DecodedWord],
    *,
    frame_s: Seconds,
    duration_s: Seconds,
    model_version: str,
    label: LabelWords = label_by_script,
    timings: Timings | None = None,
) -> Transcript:
    """The transcript of ``duration_s`` seconds of audio.

    ``confidence`` is the mean confidence of the words, ``language_confidence`` their mean script
    confidence (see :class:`DecodedWord`); a transcript without words has 0 for both. ``label`` is
    the ``transcript_languages`` of the model's language pack.
    """
    languages = label([word.text for word in decoded])
    words = tuple(
        Word(
            text=word.text,
            start_s=to_milliseconds(word.start_frame * frame_s, duration_s),
            end_s=to_milliseconds(word.end_frame * frame_s, duration_s),
            language=language,
            confidence=word.confidence,
        )
        for word, language in zip(decoded, languages, strict=True)
    )
    return Transcript(
        text=" ".join(word.text for word in words),
        words=words,
        language=join_languages(languages),
        language_confidence=_mean([word.script_confidence for word in decoded]),
        switches=find_switches(words),
        confidence=_mean([word.confidence for word in decoded]),
        model_version=model_version,
        duration_s=duration_s,
        timings=timings or Timings(),
    )


def to_milliseconds(time_s: Seconds, end_s: Seconds) -> Seconds:
    """A time in whole milliseconds, which never lies behind the end of the audio."""
    return min(round(time_s, 3), math.floor(end_s * 1000) / 1000)


def find_switches(words: Sequence[Word]) -> tuple[Switch, ...]:
    """Changes of language, each at the start of the word that changes it.

    Words of language ``other`` carry no language: they neither make a switch nor hide one.
    """
    spoken = [
        (index, word) for index, word in enumerate(words) if word.language is not Language.OTHER
    ]
    return tuple(
        Switch(index, word.start_s, before.language, word.language)
        for (_, before), (index, word) in pairwise(spoken)
        if before.language is not word.language
    )


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values) if values else 0.0
