"""How much the attention head should have to say: its weight, looked for on dev."""

from collections.abc import Callable, Sequence
from typing import Final

import jiwer
from pydantic import BaseModel, ConfigDict

from ovoz.decoding.rescoring import RescoredHypothesis, choose_best
from ovoz.engine.readers.rescoring import RescoringReader
from ovoz.evaluation.testsets import TestSet

WEIGHTS: Final = (0.0, 0.1, 0.2, 0.3, 0.5, 0.7, 1.0, 1.5, 2.0, 3.0)
"""Tried one after the other; 0 is the CTC search alone."""


class WeightScore(BaseModel):
    """Error rates under one weight, as fractions."""

    model_config = ConfigDict(frozen=True)

    weight: float
    wer: float
    cer: float


def rescore_clips(
    reader: RescoringReader,
    clips: TestSet,
    progress: Callable[[int, int], object] | None = None,
) -> list[tuple[str, list[list[RescoredHypothesis]]]]:
    """Reference of every clip, and what both heads say of its readings, piece by piece.

    Neither network is asked again, whatever weights are tried.

    Raises:
        AudioError: a clip cannot be read.
    """
    found = []
    for number, (row, _, samples) in enumerate(clips.clips(), start=1):
        found.append((row.text, reader.rescore(samples)))
        if progress is not None:
            progress(number, len(clips))
    return found


def score_weights(
    clips: Sequence[tuple[str, list[list[RescoredHypothesis]]]], weights: Sequence[float] = WEIGHTS
) -> list[WeightScore]:
    """Error rates of the clips under every weight.

    Raises:
        ValueError: there is no clip.
    """
    if not clips:
        raise ValueError("no clip to look for a weight on")
    said = [text for text, _ in clips]
    scores = []
    for weight in weights:
        wrote = [
            " ".join(text for one in pieces if (text := choose_best(one, weight).text))
            for _, pieces in clips
        ]
        scores.append(
            WeightScore(weight=weight, wer=jiwer.wer(said, wrote), cer=jiwer.cer(said, wrote))
        )
    return scores


def choose_weight(scores: Sequence[WeightScore]) -> WeightScore:
    """The lowest word error rate, then character error rate, then weight."""
    return min(scores, key=lambda one: (one.wer, one.cer, one.weight))
