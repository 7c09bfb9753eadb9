"""Does one caller dominate? Held against the days before, since a test set has no callers.

Whether a few callers make most of the traffic is a fact of each deployment, so there is no fixed
limit: a day has an alarm where its dominance, or the mean of the week that ends with it, lies above
the prediction interval of the days before (of normal logarithms with unknown mean and variance),
and above them by a tenth of all traffic.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
from scipy.stats import t

from ovoz.monitoring.drift import WEEK

LEAST_DAYS: Final = 7
"""Days that must lie before: a week has its own working days."""
_LEAST_RISE: Final = 0.1
_LEAST_DEVIATION: Final = 0.05
"""Of the logarithm: days that happen to be alike promise nothing."""
_WINDOWS: Final = (1, WEEK)

Array = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class HeavyDay:
    """A day, from 0, whose ``dominance`` is above ``limit``; ``usual`` is that of the days before.

    All three are shares of a caller who alone would make as many pairs of segments. Those of a
    week are geometric means.
    """

    day: int
    dominance: float
    usual: float
    limit: float


def find_heavy_days(dominance: Sequence[float | None], false_alarms: float) -> list[HeavyDay]:
    """The days on which one caller has much more of the traffic than before.

    Days with an alarm are not held to be usual: it stands for as long as the caller does, or until
    the look begins with it.

    Args:
        dominance: Of each day, as :attr:`CallerCounts.dominance`; None for one with few segments.
        false_alarms: Share of unchanged series of days with an alarm all the same, 0 to 1.
    """
    known = [(day, float(np.log(one))) for day, one in enumerate(dominance) if one is not None]
    logs = np.array([value for _, value in known])
    chance = false_alarms / max(1, len(logs) * len(_WINDOWS))
    is_usual = np.ones(len(logs), bool)
    found = []
    for end in range(1, len(logs) + 1):
        for days in _WINDOWS:
            start = end - days
            if start < 0:
                continue
            before = logs[:start][is_usual[:start]]
            if len(before) < LEAST_DAYS:
                continue
            now = float(np.exp(logs[start:end].mean()))
            usual, limit = _limit(before, days, chance)
            if now > limit:
                is_usual[start:end] = False
                found.append(HeavyDay(known[end - 1][0], now, usual, limit))
                break
    return found


def _limit(before: Array, days: int, chance: float) -> tuple[float, float]:
    """What is usual, and what the mean of so many days exceeds with a chance at most."""
    deviation = max(float(before.std(ddof=1)), _LEAST_DEVIATION)
    spread = deviation * np.sqrt(1 / days + 1 / len(before))
    # Single days have longer tails than normal ones; half the degrees of freedom allow for them.
    freedom = (len(before) - 1) / (2 if days == 1 else 1)
    reach = float(t.isf(chance, freedom)) * spread
    usual = float(np.exp(before.mean()))
    return usual, max(float(np.exp(before.mean() + reach)), usual + _LEAST_RISE)
