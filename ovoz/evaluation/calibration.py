"""Do confidences say how often the words are right, and which answers are better not given?"""

from collections.abc import Sequence
from typing import Final

import numpy as np
from jiwer import process_words
from pydantic import BaseModel, ConfigDict

from ovoz.evaluation.rows import HypothesisRow

_BINS: Final = 10


class CalibrationBin(BaseModel):
    """Words of one range of confidence: their mean confidence, and the share that is right."""

    model_config = ConfigDict(frozen=True)

    words: int
    confidence: float
    accuracy: float


class Calibration(BaseModel):
    """Reliability of word confidences.

    ``ece`` is the expected calibration error, sum over bins of ``words / all words *
    |accuracy - confidence|`` over ten equal ranges (Naeini et al., 2015; Guo et al., 2017).
    ``rejection`` holds (share of utterances kept, word error rate of those), the least confident
    being rejected first.
    """

    model_config = ConfigDict(frozen=True)

    ece: float
    bins: tuple[CalibrationBin, ...]
    rejection: tuple[tuple[float, float], ...]


def measure_calibration(rows: Sequence[HypothesisRow]) -> Calibration | None:
    """Calibration of one system; None when it wrote no word.

    A word is right when the alignment with the reference finds it there.
    """
    confidences: list[float] = []
    right: list[bool] = []
    errors = []
    for row in rows:
        hits, wrong = _hits(row)
        errors.append(wrong)
        confidences += [word.confidence for word in row.words]
        right += hits
    if not confidences:
        return None
    bins = _bins(np.array(confidences), np.array(right))
    gap = sum(one.words * abs(one.accuracy - one.confidence) for one in bins)
    return Calibration(
        ece=gap / len(confidences), bins=tuple(bins), rejection=_rejection(rows, errors)
    )


def _hits(row: HypothesisRow) -> tuple[list[bool], int]:
    """Whether each written word is right, and the errors of the utterance."""
    written = " ".join(word.text for word in row.words)
    right = [False] * len(row.words)
    aligned = process_words(row.reference, written)
    for chunk in aligned.alignments[0]:
        if chunk.type == "equal":
            places = range(chunk.hyp_start_idx, chunk.hyp_end_idx)
            right = [hit or place in places for place, hit in enumerate(right)]
    return right, aligned.substitutions + aligned.deletions + aligned.insertions


def _bins(confidences: np.ndarray, right: np.ndarray) -> list[CalibrationBin]:
    place = np.minimum((confidences * _BINS).astype(int), _BINS - 1)
    return [
        CalibrationBin(
            words=int(inside.sum()),
            confidence=float(confidences[inside].mean()),
            accuracy=float(right[inside].mean()),
        )
        for number in range(_BINS)
        if (inside := place == number).any()
    ]


def _rejection(
    rows: Sequence[HypothesisRow], errors: Sequence[int]
) -> tuple[tuple[float, float], ...]:
    order = np.argsort([-row.confidence for row in rows], kind="stable")
    wrong = np.cumsum(np.array(errors)[order])
    words = np.cumsum([len(rows[place].reference.split()) for place in order])
    kept = [max(1, round(share * len(rows))) for share in np.linspace(0.1, 1.0, 10)]
    return tuple(
        (count / len(rows), float(wrong[count - 1] / max(words[count - 1], 1))) for count in kept
    )
