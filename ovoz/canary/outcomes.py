"""What is counted of a request, and what of it may be worse with a canary."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

MOST_WORDS_PER_S: Final = 10.0
"""Words for each second of a recording that count as 1; nobody speaks as fast."""


class Measure(StrEnum):
    """What may be worse with a canary; each outcome is in [0, 1].

    Of most, 0 is good. A model that makes words up writes more of them, one that drops some writes
    fewer: speed has a measure for either side.
    """

    FAILED = "failed"
    """The model raised an error."""
    EMPTY = "empty"
    """No word came of the recording."""
    SLOW = "slow"
    """The model took longer than the policy's bound."""
    UNSURE = "unsure"
    """The confidence lies under the policy's bound."""
    MORE_WORDS = "more_words"
    """Words for each second of the recording, as a share of :data:`MOST_WORDS_PER_S`."""
    FEWER_WORDS = "fewer_words"
    """1 minus the same."""
    LANGUAGE_MIX = "language_mix"
    """The transcript is in a language that the canary has written more often so far
    (``ovoz/canary/language_mix.py``)."""
    CORRECTIONS = "corrections"
    """Word errors for each word of a transcript that its caller corrected, at most 1."""
    WORD_ERRORS = "word_errors"
    """Word errors for each word of a probe clip, at most 1."""


Outcome = Mapping[Measure, float]
"""What came of one request, of one correction, or of one probe clip."""

_WORDS_PER_S: Final = frozenset({Measure.MORE_WORDS, Measure.FEWER_WORDS})


def count_words(words: int, duration_s: float) -> dict[Measure, float]:
    """Both measures of the speed of words; none of a recording without a length."""
    if duration_s <= 0:
        return {}
    share = min(1.0, words / duration_s / MOST_WORDS_PER_S)
    return {Measure.MORE_WORDS: share, Measure.FEWER_WORDS: 1 - share}


def show_mean(measure: Measure, mean: float) -> str:
    """The mean of a measure for people: a share, or words per second."""
    if measure not in _WORDS_PER_S:
        return f"{mean:.2%}"
    share = mean if measure is Measure.MORE_WORDS else 1 - mean
    return f"{share * MOST_WORDS_PER_S:.2f} words/s"


def show_margin(measure: Measure, margin: float) -> str:
    """A margin of a measure for people."""
    if measure in _WORDS_PER_S:
        return f"{margin * MOST_WORDS_PER_S:.2g} words/s"
    return f"{margin:.1%}"
