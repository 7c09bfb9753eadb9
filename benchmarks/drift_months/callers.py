"""Months of callers: who calls how often, day by day, and the first day with a heavy one.

A bucket is drawn at random for each caller and day, which is what an HMAC with a random key gives.
"""

from collections.abc import Callable
from typing import Final

import numpy as np
import numpy.typing as npt

from benchmarks.drift_months.month import BEFORE, DAYS
from ovoz.monitoring.caller_buckets import BUCKETS, CallerCounts
from ovoz.monitoring.drift import DriftConfig
from ovoz.monitoring.heavy_caller import find_heavy_days

Weights = npt.NDArray[np.float64]
Random = np.random.Generator

_ACTIVITY: Final = 0.5
"""Of each caller and day: standard deviation of the logarithm."""
_WEEKEND: Final = 0.3
"""What half of the keys do on two days of seven."""


def _alike(_random: Random) -> tuple[Weights, Weights]:
    return np.ones(10_000), np.ones(10_000)


def _unequal(random: Random) -> tuple[Weights, Weights]:
    """Five hundred callers after Zipf."""
    return random.permutation(1 / np.arange(1, 501)), np.ones(500)


def _keys(random: Random) -> tuple[Weights, Weights]:
    """Twenty customers with keys; half of them hardly call at weekends."""
    return np.exp(random.normal(0, 1, 20)), np.where(np.arange(20) % 2, 1.0, _WEEKEND)


def _one(_random: Random) -> tuple[Weights, Weights]:
    return np.ones(1), np.ones(1)


KINDS: Final[dict[str, Callable[[Random], tuple[Weights, Weights]]]] = {
    "10,000 callers alike": _alike,
    "500 callers, Zipf": _unequal,
    "20 keys, weekends": _keys,
    "one key": _one,
}
"""Kinds of callers: weights of each, and what becomes of them at weekends."""


def first_heavy_day(kind: str, rows: int, share: float, seed: int) -> int | None:
    """The first day with an alarm, from 0; None without one.

    Args:
        kind: Of :data:`KINDS`.
        rows: Segments a day.
        share: Of a new caller from the eleventh day on; 0 for none.
        seed: Of the month.
    """
    random = np.random.default_rng([seed, rows])
    weights, weekends = KINDS[kind](random)
    dominance = []
    for day in range(DAYS):
        today = weights * (weekends if day % 7 >= 5 else 1.0)
        if len(weights) > 1:
            today = today * np.exp(random.normal(0, _ACTIVITY, len(weights)))
        heavy = random.binomial(rows, share) if day >= BEFORE else 0
        calls = random.multinomial(rows - heavy, today / today.sum())
        bucket = random.integers(BUCKETS, size=len(weights))
        counts = np.bincount(bucket, calls, BUCKETS).astype(np.int64)
        counts[random.integers(BUCKETS)] += heavy
        dominance.append(CallerCounts({"process": counts}).dominance)
    found = find_heavy_days(dominance, DriftConfig().false_alarm_months / 4)
    looked = [one.day for one in found if not share or one.day >= BEFORE]
    return min(looked, default=None)
