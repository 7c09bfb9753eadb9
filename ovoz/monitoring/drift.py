"""Is traffic what the reference was? One test per column, window and day; one error rate per month.

The statistics are those of Anderson and Darling for two samples, on bins (Scholz & Stephens, 1987),
and Pearson's for languages. Their null distribution comes from bootstrapped months: a reference and
all of its days are drawn from the reference, rows whole, so that columns stay as correlated as they
are. The threshold is the quantile of the largest standardized statistic of a month, over all
columns, days and windows (maxT; Westfall & Young, 1993): the error rate is that of whole months.
Libraries test one column at a time with thresholds that know neither sample size nor month.
"""

import math
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from ovoz.monitoring.bins import BINS, COLUMNS, Codes, Counts, count, count_groups

WEEK: Final = 7
_EXACT_ROWS: Final = 500
"""Larger samples are drawn from the normal distribution that counts of bins tend to."""
LEAST_ROWS: Final = 20
"""Windows with fewer rows are not tested."""

Array = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class DriftConfig:
    """How sure an alarm is.

    ``false_alarm_months`` is the share of months without any change in which there is an alarm all
    the same. ``months`` are bootstrapped. ``independent_share`` is the share of segments that count
    as independent: 1 where callers come once a day, 0.2 where each of them says five alike.
    """

    false_alarm_months: float = 0.02
    months: int = 400
    independent_share: float = 1.0
    seed: int = 0


@dataclass(frozen=True, slots=True)
class Alarm:
    """A column that is not what it was, in the window that ends with ``day`` (from 0).

    ``days`` is the length of the window, 1 or 7. ``score`` and ``threshold`` are standardized;
    ``distance`` is that of :func:`distance`.
    """

    day: int
    days: int
    column: str
    score: float
    threshold: float
    distance: float
    rows: int


def find_drift(reference: Codes, days: Counts, config: DriftConfig) -> list[Alarm]:
    """The alarms of one month of whole days, by day and then by how certain they are.

    Args:
        reference: Bins of the rows of the reference.
        days: Counts of each day, [days, columns, bins].
        config: How sure an alarm is.
    """
    sizes = days[:, 0].sum(axis=-1)
    threshold, means, deviations = _calibrate(reference, sizes, config)
    expected = count(reference)
    windows = _windows(days)
    scores = _standardize(_scores(windows, expected, config), means, deviations)
    alarms = []
    for kind, number, column in np.argwhere(scores > threshold):
        now = windows[kind, number, column]
        alarms.append(
            Alarm(
                day=int(number),
                days=(1, WEEK)[kind],
                column=COLUMNS[column],
                score=float(scores[kind, number, column]),
                threshold=threshold,
                distance=distance(now, expected[column], ordered=column < len(COLUMNS) - 1),
                rows=int(now.sum()),
            )
        )
    return sorted(alarms, key=lambda alarm: (alarm.day, -alarm.score))


def _calibrate(reference: Codes, sizes: Array, config: DriftConfig) -> tuple[float, Array, Array]:
    """The threshold, and by kind of window and column the mean and deviation under no change."""
    draws = _MonthDraws(reference, sizes * config.independent_share, config.seed)
    scores = np.stack([draws.scores(config) for _ in range(config.months)])
    means = scores.mean(axis=(0, 2), keepdims=True)[0]
    deviations = np.maximum(scores.std(axis=(0, 2), keepdims=True)[0], 1e-3)
    largest = np.sort(_standardize(scores, means, deviations).max(axis=(1, 2, 3)))
    # One more month is above this one of them with the configured chance, not only nearly so.
    place = math.ceil((1 - config.false_alarm_months) * (config.months + 1)) - 1
    return float(largest[min(place, config.months - 1)]), means, deviations


class _MonthDraws:
    """Months in which nothing changed."""

    def __init__(self, reference: Codes, sizes: Array, seed: int) -> None:
        self._reference = reference
        self._sizes = np.round(sizes).astype(np.int64)
        self._random = np.random.default_rng(seed)
        flat = np.zeros((len(reference), reference.shape[1] * BINS), np.float32)
        places = reference + BINS * np.arange(reference.shape[1])
        np.put_along_axis(flat, places, 1.0, axis=1)
        self._share = flat.mean(axis=0, dtype=np.float64)
        values, vectors = np.linalg.eigh(np.cov(flat, rowvar=False, bias=True))
        self._root = vectors * np.sqrt(np.maximum(values, 0.0))

    def scores(self, config: DriftConfig) -> Array:
        """Statistics of one month, [2, days, columns]."""
        rows = np.array([len(self._reference)])
        expected = self._counts(rows)[0]
        drawn = _windows(self._counts(self._sizes))
        return _scores(drawn, expected, DriftConfig(independent_share=1.0, seed=config.seed))

    def _counts(self, sizes: npt.NDArray[np.int64]) -> Counts:
        columns = self._reference.shape[1]
        if sizes.max(initial=0) <= _EXACT_ROWS:
            group = np.repeat(np.arange(len(sizes)), sizes)
            rows = self._random.integers(len(self._reference), size=len(group))
            return count_groups(self._reference[rows], group, len(sizes))
        noise = self._random.standard_normal((len(sizes), len(self._share))) @ self._root.T
        drawn = sizes[:, None] * self._share + np.sqrt(sizes)[:, None] * noise
        result: Counts = np.maximum(drawn, 0.0).reshape(len(sizes), columns, BINS)
        return result


def _windows(days: Counts) -> Counts:
    """Counts of each day, and of the week that ends with it: [2, days, columns, bins]."""
    total = np.cumsum(days, axis=0)
    before = np.concatenate([np.zeros((min(WEEK, len(days)), *days.shape[1:])), total])
    return np.stack([days, total - before[: len(days)]])


def _scores(now: Counts, expected: Counts, config: DriftConfig) -> Array:
    """Cube roots of the statistics, whose tails are near the normal's; [2, days, columns].

    Args:
        now: Counts of windows, [2, days, columns, bins].
        expected: Counts of the reference, [columns, bins].
        config: Rows count as ``independent_share`` of themselves.
    """
    rows = now.sum(axis=-1) * config.independent_share
    size = expected.sum(axis=-1)
    shares = now / np.maximum(now.sum(axis=-1, keepdims=True), 1e-9)
    reference = expected / size[..., None]
    pooled = (shares * rows[..., None] + expected) / (rows + size)[..., None]
    weight = rows * size / (rows + size)
    above, below = np.cumsum(shares - reference, axis=-1), np.cumsum(pooled, axis=-1)
    spread = np.maximum(below * (1 - below), 0.25 / (rows + size)[..., None])
    ordered = np.sum(np.square(above) / spread * pooled, axis=-1)
    gap = np.square(shares - reference)
    unordered = np.sum(gap / np.maximum(pooled, 1e-12), axis=-1)
    statistic = np.concatenate([ordered[..., :-1], unordered[..., -1:]], axis=-1)
    return np.cbrt(np.where(rows >= LEAST_ROWS, weight * statistic, 0.0))


def _standardize(scores: Array, means: Array, deviations: Array) -> Array:
    result: Array = (scores - means) / deviations
    return result


def distance(now: Array, expected: Array, *, ordered: bool) -> float:
    """How far counts of bins lie from others: 0 is no difference, 1 nothing in common.

    The largest difference of the distribution functions, or half the sum of all differences of
    shares where bins have no order.
    """
    difference = now / now.sum() - expected / expected.sum()
    if ordered:
        return float(np.abs(np.cumsum(difference)).max())
    return float(np.abs(difference).sum() / 2)
