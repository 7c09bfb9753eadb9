"""How far a day lies from the reference: can a classifier tell its segments from those?

A logistic regression on the features, cross-validated (Lopez-Paz & Oquab, 2017; Rabanser et al.,
2019). It sees all columns together, so that it finds what no column shows alone.
"""

from dataclasses import dataclass
from typing import Final, Self

import numpy as np
import numpy.typing as npt
from scipy.stats import norm

from ovoz.monitoring.bins import BINS, Codes

_FOLDS: Final = 5
_LEAST_ROWS: Final = 20
_MOST_ROWS: Final = 2_000
"""On either side; more would cost time and tell nothing new."""
_SPLITS: Final = 60
"""Halves of the reference that the limit comes from."""
_STRENGTH: Final = 0.1
"""Inverse of the penalty's: of fifty inputs and a few hundred rows, a weak one learns by heart."""


def separability(reference: Codes, other: Codes, seed: int = 0) -> float:
    """The area under the ROC curve of a classifier between two sets of rows.

    Args:
        reference: Bins of rows, [rows, columns].
        other: Bins of the rows in question, [rows, columns].
        seed: Of the folds.

    Returns:
        0.5 where nothing tells them apart, 1 where everything does; NaN under twenty rows.
    """
    from sklearn.linear_model import LogisticRegression
    from sklearn.metrics import roc_auc_score
    from sklearn.model_selection import StratifiedKFold, cross_val_predict

    if min(len(reference), len(other)) < _LEAST_ROWS:
        return float("nan")
    random = np.random.default_rng(seed)
    reference, other = _sample(reference, random), _sample(other, random)
    inputs = _inputs(np.concatenate([reference, other]))
    is_other = np.repeat([0, 1], [len(reference), len(other)])
    scores = cross_val_predict(
        LogisticRegression(C=_STRENGTH, class_weight="balanced", max_iter=500),
        inputs,
        is_other,
        cv=StratifiedKFold(_FOLDS, shuffle=True, random_state=seed),
        method="decision_function",
    )
    return float(roc_auc_score(is_other, scores))


@dataclass(frozen=True, slots=True)
class SeparabilityLimit:
    """The separability that unchanged days exceed in so few months.

    Attributes:
        rows: Of the reference.
        quantile: Of the normal distribution, for all days of a month together.
        spread: How much the figure of halves of the reference varies, beside the formula of Mann
            and Whitney, ``sqrt((n + m + 1) / 12 n m)`` for ``n`` and ``m`` rows.
    """

    rows: int
    quantile: float
    spread: float

    @classmethod
    def fit(cls, reference: Codes, days: int, false_alarms: float) -> Self:
        """The limit of a reference, for a share of months with a false alarm in any of the days."""
        random = np.random.default_rng(0)
        rows = min(len(reference), _MOST_ROWS)
        half = rows // 2
        areas = []
        for number in range(_SPLITS):
            order = random.permutation(len(reference))
            first, second = reference[order[:half]], reference[order[half : 2 * half]]
            areas.append((separability(first, second, number) - 0.5) / _deviation(half, half))
        spread = float(np.nan_to_num(np.std(areas), nan=1.0))
        return cls(rows, float(norm.isf(false_alarms / days)), max(1.0, spread))

    def of(self, rows: int) -> float:
        """The limit for a day of so many rows."""
        return min(1.0, 0.5 + self.quantile * self.spread * _deviation(self.rows, max(rows, 1)))


def _sample(codes: Codes, random: np.random.Generator) -> Codes:
    if len(codes) <= _MOST_ROWS:
        return codes
    return codes[random.choice(len(codes), _MOST_ROWS, replace=False)]


def _deviation(first: int, second: int) -> float:
    return float(np.sqrt((first + second + 1) / (12 * first * second)))


def _inputs(codes: Codes) -> npt.NDArray[np.float64]:
    """Places of bins in [-1, 1] and their squares, and the languages one by one."""
    places = 2 * codes[:, :-1] / (BINS - 1) - 1
    languages = np.eye(BINS)[codes[:, -1]]
    return np.column_stack([places, np.square(places), languages])
