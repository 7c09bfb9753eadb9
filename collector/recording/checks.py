"""Looks at a voice message at once, so that its speaker can repeat it while they are there."""

import importlib.util
from dataclasses import dataclass
from enum import StrEnum
from functools import cache

from collector.settings import CheckSettings
from ovoz.audio.containers import AudioError
from ovoz.audio.decode import decode
from ovoz.audio.measures import Measures, measure
from ovoz.audio.signal import Samples, Seconds
from ovoz.audio.vad import PACKAGE, detect_speech


class Refusal(StrEnum):
    """Why a voice message is not taken; each has its words in the table of strings."""

    TOO_SHORT = "too_short"
    TOO_LONG = "too_long"
    SILENT = "silent"
    TOO_QUIET = "too_quiet"
    CLIPPED = "clipped"
    NOISY = "noisy"
    TOO_SLOW = "too_slow"
    TOO_FAST = "too_fast"
    UNREADABLE = "unreadable"
    DUPLICATE = "duplicate"
    FORWARDED = "forwarded"
    GONE = "gone"


class RefusedAudioError(ValueError):
    """A voice message that is not taken."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal)
        self.refusal = refusal


@dataclass(frozen=True, slots=True)
class CheckedAudio:
    """A voice message that passed."""

    samples: Samples
    measures: Measures


def check_audio(audio: bytes, letters: int, settings: CheckSettings) -> CheckedAudio:
    """Check a voice message.

    Args:
        audio: The bytes of its file, in any container.
        letters: How many letters its text has; 0 where the text is not known yet.
        settings: The limits.

    Raises:
        RefusedAudioError: The first thing that is wrong with it.
    """
    if len(audio) > settings.max_upload_bytes:
        raise RefusedAudioError(Refusal.TOO_LONG)
    try:
        samples = decode(audio, max_duration_s=settings.max_duration_s)
    except AudioError as error:
        too_long = error.code == "too_long"
        raise RefusedAudioError(Refusal.TOO_LONG if too_long else Refusal.UNREADABLE) from error
    measures = measure(samples)
    speech_s = measure_speech(samples, measures)
    for refusal, found in (
        (Refusal.TOO_SHORT, measures.duration_s < settings.min_duration_s),
        (Refusal.SILENT, speech_s < settings.min_speech_s),
        (Refusal.TOO_QUIET, measures.rms_dbfs < settings.min_level_dbfs),
        (Refusal.CLIPPED, measures.clipped_ratio > settings.max_clipped_ratio),
        (Refusal.NOISY, measures.snr_db < settings.min_snr_db),
        (Refusal.TOO_FAST, letters > settings.max_chars_per_s * speech_s),
        (Refusal.TOO_SLOW, 0 < letters < settings.min_chars_per_s * measures.duration_s),
    ):
        if found:
            raise RefusedAudioError(refusal)
    return CheckedAudio(samples, measures)


def measure_speech(samples: Samples, measures: Measures) -> Seconds:
    """How long somebody speaks: by Silero's network where it is installed, else by the level."""
    if not _has_vad():
        return measures.speech_ratio * measures.duration_s
    return sum(segment.end_s - segment.start_s for segment in detect_speech(samples))


@cache
def _has_vad() -> bool:
    return importlib.util.find_spec(PACKAGE) is not None
