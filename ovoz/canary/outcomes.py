"""What is counted of a request, and which outcomes of the two versions are compared."""

from collections import deque
from collections.abc import Mapping
from enum import StrEnum
from typing import Final

import numpy as np

_MOST_WAITING: Final = 1000


class Measure(StrEnum):
    """What may be worse with a canary; each outcome is in [0, 1], where 0 is good."""

    FAILED = "failed"
    """The model raised an error."""
    EMPTY = "empty"
    """No word came of the recording."""
    SLOW = "slow"
    """The model took longer than the policy's bound."""
    UNSURE = "unsure"
    """The confidence lies under the policy's bound."""
    WORD_ERRORS = "word_errors"
    """Word errors for each word of a probe clip, at most 1."""


OF_REQUESTS: Final = tuple(one for one in Measure if one is not Measure.WORD_ERRORS)
Outcome = Mapping[Measure, float]
"""What came of one request, or of one probe clip."""


class Pairs:
    """Sets each outcome of the canary against the mean of a block of production's.

    Production has many times the canary's traffic: a block varies less than a single outcome. How
    many are in it is fixed before, for a choice by their outcomes would spoil the test.

    Args:
        block: Outcomes of production for each of the canary.
    """

    def __init__(self, block: int) -> None:
        self._size = block
        self._block: list[Outcome] = []
        self._production: deque[Outcome] = deque(maxlen=_MOST_WAITING)
        self._canary: deque[Outcome] = deque(maxlen=_MOST_WAITING)

    def add(self, outcome: Outcome, *, of_canary: bool) -> list[tuple[Outcome, Outcome]]:
        """Take an outcome of a request; returns the pairs (canary, production) that are complete.

        The oldest outcomes go where the other version has too few.
        """
        if of_canary:
            self._canary.append(outcome)
        else:
            self._block.append(outcome)
        if len(self._block) >= self._size:
            self._production.append(
                {one: float(np.mean([told[one] for told in self._block])) for one in OF_REQUESTS}
            )
            self._block = []
        pairs = []
        while self._canary and self._production:
            pairs.append((self._canary.popleft(), self._production.popleft()))
        return pairs
