"""How far a day lies from the reference: can a classifier tell its segments from those?

A logistic regression on the features, cross-validated (Lopez-Paz & Oquab, 2017; Rabanser et al.,
2019). It sees all columns together, so that it finds what no column shows alone.
"""

from typing import Final

import numpy as np
import numpy.typing as npt
from scipy.stats import norm

from ovoz.monitoring.bins import BINS, Codes

_FOLDS: Final = 5
_LEAST_ROWS: Final = 20
_SPLITS: Final = 60
"""Halves of the reference that the threshold comes from."""
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


def separability_threshold(reference: Codes, rows: int, days: int, false_alarms: float) -> float:
    """The separability that unchanged days exceed in so few months.

    Halves of the reference that are told apart say how much the figure varies beside the formula
    of Mann and Whitney, ``sqrt((n + m + 1) / 12 n m)``, for ``n`` and ``m`` rows.

    Args:
        reference: Bins of the rows of the reference.
        rows: Of the day.
        days: That are tested.
        false_alarms: Share of months without change in which a day is above the threshold.
    """
    random = np.random.default_rng(0)
    half = len(reference) // 2
    if half < _LEAST_ROWS:
        return 1.0
    drawn = []
    for number in range(_SPLITS):
        order = random.permutation(len(reference))
        told = separability(reference[order[:half]], reference[order[half : 2 * half]], number)
        drawn.append((told - 0.5) / _deviation(half, half))
    spread = max(1.0, float(np.std(drawn)))
    quantile = float(norm.isf(false_alarms / days))
    return min(1.0, 0.5 + quantile * spread * _deviation(len(reference), max(rows, 1)))


def _deviation(first: int, second: int) -> float:
    return float(np.sqrt((first + second + 1) / (12 * first * second)))


def _inputs(codes: Codes) -> npt.NDArray[np.float64]:
    """Places of bins in [-1, 1] and their squares, and the languages one by one."""
    places = 2 * codes[:, :-1] / (BINS - 1) - 1
    languages = np.eye(BINS)[codes[:, -1]]
    return np.column_stack([places, np.square(places), languages])
