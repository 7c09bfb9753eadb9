"""Rows of the traffic log: features of the audio and of its recognition, one row per segment.

A row has neither audio, text nor request, and of its caller a bucket that only a day's process knew
(``caller_buckets.py``). Its numbers are counts and shares over a whole segment, and its time is
rounded to the minute: no word can be read from them. There is no
embedding of the encoder: the exported CTC network returns log-probabilities alone, and those spell
the text.
"""

import datetime as dt
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from ovoz.audio.measures import Measures
from ovoz.engine.transcript import Transcript, Word, find_switches
from ovoz.text.dialects import to_literary
from ovoz.text.language import Language

_NGRAM: Final = 3
_SHORTEST_S: Final = 0.1
"""Rates are of at least so much speech: a click is not a fast speaker."""


class Way(StrEnum):
    """How a segment came in."""

    HTTP = "http"
    JOB = "job"
    SOCKET = "socket"


@dataclass(frozen=True, slots=True)
class SegmentFeatures:
    """What drift is looked for in.

    Of the audio: as :class:`ovoz.audio.measures.Measures`. Of the recognition: ``language`` of the
    words; ``minority_share`` of words outside the commonest language; ``switches_per_min`` and
    ``words_per_s`` and ``characters_per_s`` of speech; ``dialect_share`` of words that are listed
    dialect forms; ``repeated_share`` of word trigrams that occurred before; ``confidence``, mean
    and lowest of a word. Shares are in [0, 1]. A segment without words has 0 for all of them.
    """

    duration_s: float
    snr_db: float
    rms_dbfs: float
    clipped_ratio: float
    bandwidth_hz: float
    speech_ratio: float
    language: str
    words: int
    words_per_s: float
    characters_per_s: float
    switches_per_min: float
    minority_share: float
    dialect_share: float
    repeated_share: float
    confidence: float
    lowest_confidence: float


@dataclass(frozen=True, slots=True)
class TrafficRow:
    """One segment as it is logged."""

    heard_at: dt.datetime
    """UTC, to the minute."""
    way: Way
    caller_bucket: int
    model_version: str
    processing_ms: float
    features: SegmentFeatures


def describe_segment(
    transcript: Transcript, measures: Measures, way: Way, processing_ms: float, caller_bucket: int
) -> TrafficRow:
    """The row of a segment that was heard now."""
    return TrafficRow(
        heard_at=dt.datetime.now(dt.UTC).replace(second=0, microsecond=0),
        way=way,
        caller_bucket=caller_bucket,
        model_version=transcript.model_version,
        processing_ms=processing_ms,
        features=describe_recognition(transcript.words, transcript.language, measures),
    )


def describe_recognition(
    words: Sequence[Word], language: Language, measures: Measures
) -> SegmentFeatures:
    """The features of recognised words and of the audio that they were heard in.

    Args:
        words: In order.
        language: Of all of them.
        measures: Of the audio.
    """
    speech_s = max(measures.duration_s * measures.speech_ratio, _SHORTEST_S)
    texts = [word.text for word in words]
    confidences = [word.confidence for word in words]
    return SegmentFeatures(
        duration_s=measures.duration_s,
        snr_db=measures.snr_db,
        rms_dbfs=measures.rms_dbfs,
        clipped_ratio=measures.clipped_ratio,
        bandwidth_hz=measures.bandwidth_hz,
        speech_ratio=measures.speech_ratio,
        language=language.value,
        words=len(words),
        words_per_s=len(words) / speech_s,
        characters_per_s=sum(map(len, texts)) / speech_s,
        switches_per_min=60 * len(find_switches(words)) / speech_s,
        minority_share=_minority_share([word.language for word in words]),
        dialect_share=_mean([to_literary(text) != text for text in texts]),
        repeated_share=_repeated_share(texts),
        confidence=_mean(confidences),
        lowest_confidence=min(confidences, default=0.0),
    )


def _minority_share(languages: Sequence[Language]) -> float:
    if not languages:
        return 0.0
    return 1 - max(Counter(languages).values()) / len(languages)


def _repeated_share(texts: Sequence[str]) -> float:
    """A decoder that loops repeats itself; speakers seldom do."""
    grams = [tuple(texts[place : place + _NGRAM]) for place in range(len(texts) - _NGRAM + 1)]
    return 1 - len(set(grams)) / len(grams) if grams else 0.0


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values) if values else 0.0
