"""The wealth of a bettor who holds that a mean lies above a bound: evidence at any time.

A canary is looked at after every request, so a test of a fixed size would give false alarms without
end. The wealth of someone who bets against a hypothesis does not: where the hypothesis is true it
is a supermartingale that begins at 1, and by Ville's inequality (1939) it reaches 1/α at any time
with a probability of at most α.

Compared are two samples, as in Shekhar and Ramdas, "Nonparametric two-sample testing by betting"
(arXiv 2112.09162): each difference between an outcome of the canary and one of production is bet
on. Netflix finds regressions of deployments by sequential tests too ("Rapid regression detection in
software deployments through sequential testing", arXiv 2205.14762). No library with a test of two
samples that holds at any time installs beside our other packages, so this is ours.

The bettor has a share of the wealth on each of some constant stakes, so the wealth is the mean over
them (Waudby-Smith and Ramdas, arXiv 2010.09686, section 4). The wealth of a constant stake is a
product, whose order does not matter: wealths that several processes made multiply.
"""

import math
from functools import lru_cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

LogWealth = NDArray[np.float64]
"""The natural logarithm of the wealth of each stake, [stakes]."""

STAKES: Final = np.geomspace(0.01, 0.9, 12)
"""Shares of the greatest stake that cannot ruin the bettor."""


def no_wealth() -> LogWealth:
    """The beginning: every stake has a wealth of 1."""
    return np.zeros(len(STAKES))


@lru_cache(maxsize=8192)
def bet_above(difference: float, bound: float) -> LogWealth:
    """What a difference adds to the wealth of who holds that the mean lies above ``bound``.

    The expectation of each factor is at most 1 where the mean is at most ``bound``.

    Args:
        difference: In [-1, 1].
        bound: In (-1, 1).
    """
    return np.log1p(STAKES * (difference - bound) / (1 + bound))


def bet_below(difference: float, bound: float) -> LogWealth:
    """The same for who holds that the mean lies below ``bound``."""
    return bet_above(-difference, -bound)


def log_evidence(wealth: LogWealth) -> float:
    """The natural logarithm of the mean wealth: the e-value against the hypothesis."""
    most = float(np.max(wealth))
    return most + math.log(float(np.mean(np.exp(wealth - most))))
