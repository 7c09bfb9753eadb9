"""Transcripts of the service as LiveKit's speech data."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

from livekit.agents import LanguageCode, stt
from livekit.agents.types import TimedString
from ovoz_client import FinalTranscript, PartialTranscript, Transcript, Word


def by_prevalence(words: Sequence[Word], detected: str) -> list[LanguageCode]:
    """Languages of the words, the most frequent one first; ``detected`` where there are none."""
    counted = Counter(word.language for word in words)
    return [LanguageCode(language) for language, _ in counted.most_common()] or [
        LanguageCode(detected)
    ]


def speech_data(
    transcript: PartialTranscript | FinalTranscript | Transcript, offset_s: float = 0.0
) -> stt.SpeechData:
    """The only alternative of an event; times are shifted by ``offset_s`` seconds."""
    words = transcript.words or ()
    languages = by_prevalence(words, transcript.language_detected)
    start_s, end_s = _bounds(transcript, words)
    return stt.SpeechData(
        language=languages[0],
        text=transcript.text,
        start_time=start_s + offset_s,
        end_time=end_s + offset_s,
        confidence=getattr(transcript, "confidence", 0.0),
        words=[
            TimedString(
                word.text,
                start_time=word.start_s + offset_s,
                end_time=word.end_s + offset_s,
                confidence=word.confidence,
                start_time_offset=offset_s,
            )
            for word in words
        ],
        source_languages=languages,
        metadata=_metadata(transcript, words, offset_s),
    )


def _bounds(
    transcript: PartialTranscript | FinalTranscript | Transcript, words: Sequence[Word]
) -> tuple[float, float]:
    if words:
        return words[0].start_s, words[-1].end_s
    if isinstance(transcript, Transcript):
        return 0.0, transcript.duration_s
    return transcript.start_s, transcript.end_s


def _metadata(
    transcript: PartialTranscript | FinalTranscript | Transcript,
    words: Sequence[Word],
    offset_s: float,
) -> dict[str, Any]:
    """What has no field of its own: a ``TimedString`` has no language."""
    told: dict[str, Any] = {
        "language_detected": transcript.language_detected,
        "words": [
            {
                "text": word.text,
                "start_time": word.start_s + offset_s,
                "end_time": word.end_s + offset_s,
                "language": word.language,
                "confidence": word.confidence,
            }
            for word in words
        ],
    }
    if not isinstance(transcript, PartialTranscript):
        told["model_version"] = transcript.model_version
    return told
