"""The scores of one system on one test set."""

import math
from collections.abc import Callable, Sequence

import numpy as np
from pydantic import BaseModel, ConfigDict

from ovoz.evaluation.metrics.figures import figures_of
from ovoz.evaluation.metrics.pair import CanonicalText, Pair
from ovoz.evaluation.metrics.tally import LABELS, Tally, tally


class Scores(BaseModel):
    """Figures and the counts behind them.

    ``values`` holds every figure as a fraction, None where the test set does not define it;
    ``counts`` the sums over utterances that it was computed from; ``confusion`` the number of
    utterances by reference label, then hypothesis label.
    """

    model_config = ConfigDict(frozen=True)

    utterances: int
    speakers: int
    values: dict[str, float | None]
    counts: dict[str, float]
    confusion: dict[str, dict[str, int]]

    def figures(self) -> dict[str, float]:
        """The figures that the test set defines, by the names of ``docs/benchmark.md``.

        A figure without anything to measure in the reference (no switch points, no Russian
        utterance) is absent: it is never 0 or 1 by accident. All are fractions.
        """
        return {name: value for name, value in self.values.items() if value is not None}


def score(
    pairs: Sequence[Pair],
    pack: CanonicalText | None = None,
    progress: Callable[[int], object] | None = None,
) -> Scores:
    """Score a system: every figure of the benchmark over ``pairs``.

    Args:
        pairs: references with the hypotheses of one system.
        pack: language pack whose canonical form is scored; None takes the texts as canonical.
        progress: called with the number of pairs scored since its last call.
    """
    return scores_of(tally(pairs, pack, progress))


def scores_of(counts: Tally) -> Scores:
    """Scores of counted utterances, all of them or a part that ``Tally.select`` gave."""
    totals = counts.totals()
    values = figures_of({name: np.asarray(total) for name, total in totals.items()})
    return Scores(
        utterances=len(counts),
        speakers=len(set(counts.speakers) - {""}),
        values={name: _defined(float(value)) for name, value in values.items()},
        counts=totals,
        confusion=_confusion(counts),
    )


def _defined(value: float) -> float | None:
    return None if math.isnan(value) else value


def _confusion(counts: Tally) -> dict[str, dict[str, int]]:
    size = len(LABELS)
    cells = np.bincount(
        counts.reference_languages * size + counts.hypothesis_languages, minlength=size * size
    ).reshape(size, size)
    heard = [i for i in range(size) if cells[i].any() or cells[:, i].any()]
    return {
        LABELS[i].value: {LABELS[j].value: int(cells[i, j]) for j in heard}
        for i in heard
        if cells[i].any()
    }
