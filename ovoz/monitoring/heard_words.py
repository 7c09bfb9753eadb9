"""Recognised words by the confidence of their segment: all that an error rate is estimated from.

Like counts of bins they add up, over files, processes and machines.
"""

from dataclasses import dataclass
from typing import Final, Self

import numpy as np
import numpy.typing as npt
import pyarrow as pa

CONFIDENCE_BINS: Final = 200
"""Equal ranges of the mean confidence of a segment."""

Array = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class HeardWords:
    """``words`` by range of confidence, [ranges]; ``unread_s`` of speech without any word."""

    words: Array
    unread_s: float
    segments: int

    @classmethod
    def none(cls) -> Self:
        """Nothing heard."""
        return cls(np.zeros(CONFIDENCE_BINS), 0.0, 0)

    @classmethod
    def of(cls, table: pa.Table) -> Self:
        """What the segments of a table hold."""
        words = column(table, "words")
        speech_s = column(table, "duration_s") * column(table, "speech_ratio")
        return cls(
            count_words(confidence_bins(table), words),
            float(speech_s[words == 0].sum()),
            table.num_rows,
        )

    def __add__(self, other: "HeardWords") -> "HeardWords":
        return HeardWords(
            self.words + other.words,
            self.unread_s + other.unread_s,
            self.segments + other.segments,
        )


def count_words(place: npt.NDArray[np.int64], words: Array) -> Array:
    """Words in each range of confidence, [ranges]."""
    return np.bincount(place, words, CONFIDENCE_BINS).astype(np.float64)


def confidence_bins(table: pa.Table) -> npt.NDArray[np.int64]:
    """The range of confidence of each segment."""
    place = column(table, "confidence") * CONFIDENCE_BINS
    return np.clip(place, 0, CONFIDENCE_BINS - 1).astype(np.int64)


def column(table: pa.Table, name: str) -> Array:
    """A column of numbers as an array."""
    return np.asarray(table[name].to_numpy(), np.float64)
