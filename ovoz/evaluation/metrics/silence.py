"""Words heard where nobody spoke."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ovoz.evaluation.metrics.rates import ratio


@dataclass(frozen=True, slots=True)
class SilenceInsertions:
    """What a system wrote for recordings without speech.

    ``words`` it wrote in all, in ``clips_with_words`` of the ``clips``, which last ``duration_s``
    seconds together.
    """

    words: int
    clips_with_words: int
    clips: int
    duration_s: float

    @property
    def words_per_minute(self) -> float:
        """Words / minutes of non-speech, at least 0; NaN without any recording."""
        return float(ratio(np.asarray(60.0 * self.words), np.asarray(self.duration_s)))

    @property
    def clip_rate(self) -> float:
        """Share of the recordings in which any word was written; NaN without any recording."""
        return float(ratio(np.asarray(self.clips_with_words), np.asarray(self.clips)))


def silence_insertions(
    hypotheses: Sequence[str], durations_s: Sequence[float]
) -> SilenceInsertions:
    """Count the words of hypotheses of recordings that hold no speech (silence, noise, music).

    Every word there is an insertion; WER has no denominator, time has. Source: reporting false
    words by time follows the false alarms per hour of keyword spotting (NIST STD evaluation).

    Args:
        hypotheses: what the system wrote for each recording, "" for nothing.
        durations_s: length of each recording in seconds, greater than 0.

    Raises:
        ValueError: Another number of durations than of hypotheses, or a duration not above 0.
    """
    if len(hypotheses) != len(durations_s):
        raise ValueError(
            f"{len(hypotheses)} hypotheses but {len(durations_s)} durations: give one each"
        )
    for number, duration in enumerate(durations_s):
        if not duration > 0:
            raise ValueError(f"recording {number} lasts {duration} s: durations must be above 0")
    words = [len(hypothesis.split()) for hypothesis in hypotheses]
    return SilenceInsertions(
        sum(words), sum(count > 0 for count in words), len(words), float(sum(durations_s))
    )
