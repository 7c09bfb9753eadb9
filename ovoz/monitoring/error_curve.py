"""Word errors by confidence: fitted to segments whose errors are known."""

from dataclasses import dataclass
from typing import Self

import numpy as np
import numpy.typing as npt

from ovoz.monitoring.heard_words import CONFIDENCE_BINS, HeardWords, count_words

Array = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Known:
    """Segments whose errors are known, [segments] each; ``place`` is the range of confidence."""

    place: npt.NDArray[np.int64]
    words: Array
    errors: Array
    said: Array
    speech_s: Array

    def take(self, rows: npt.NDArray[np.int64] | npt.NDArray[np.bool_]) -> "Known":
        """Some of the segments; a row that is named twice counts twice."""
        return Known(
            self.place[rows],
            self.words[rows],
            self.errors[rows],
            self.said[rows],
            self.speech_s[rows],
        )

    def heard(self) -> HeardWords:
        """The segments as traffic shows them."""
        return HeardWords(
            count_words(self.place, self.words),
            float(self.speech_s[self.words == 0].sum()),
            len(self.words),
        )

    def rate(self) -> float:
        """The true word error rate."""
        return float(self.errors.sum() / max(self.said.sum(), 1.0))


@dataclass(frozen=True, slots=True)
class ErrorCurve:
    """Word errors, and words that were said, for each recognised word, by range of confidence.

    Both fall as confidence rises (isotonic regression; Zadrozny & Elkan, 2002): a segment that is
    doubtful has more errors and lost more words. ``said_per_s`` is the speaking rate, by which
    words are counted in segments where none was recognised: all of those are errors.
    """

    errors: Array
    said: Array
    said_per_s: float

    @classmethod
    def fit(cls, known: Known) -> Self:
        """The curve of segments whose errors are known."""
        return cls(
            errors=_falling(known, known.errors),
            said=_falling(known, known.said),
            said_per_s=float(known.said.sum() / max(known.speech_s.sum(), 1e-9)),
        )

    def count(self, heard: HeardWords) -> tuple[float, float]:
        """Expected word errors in what was heard, and the words that were said."""
        unread = heard.unread_s * self.said_per_s
        return float(heard.words @ self.errors) + unread, float(heard.words @ self.said) + unread

    def blend(self, other: "ErrorCurve", share: float) -> "ErrorCurve":
        """The curve between this one (``share`` 0) and another one (1), geometrically."""
        return ErrorCurve(
            np.exp((1 - share) * _log(self.errors) + share * _log(other.errors)),
            np.exp((1 - share) * _log(self.said) + share * _log(other.said)),
            (1 - share) * self.said_per_s + share * other.said_per_s,
        )


def _falling(known: Known, counted: Array) -> Array:
    from sklearn.isotonic import IsotonicRegression

    read = known.words > 0
    ranges = np.arange(CONFIDENCE_BINS)
    if not read.any():
        return np.ones(CONFIDENCE_BINS)
    curve = IsotonicRegression(increasing=False, y_min=0.0, out_of_bounds="clip")
    curve.fit(known.place[read], counted[read] / known.words[read], known.words[read])
    return np.asarray(curve.predict(ranges), np.float64)


def _log(rates: Array) -> Array:
    return np.log(np.maximum(rates, 1e-4))
