"""Which outcomes of the two versions are held against each other."""

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from ovoz.canary.language_mix import LanguageMix
from ovoz.canary.outcomes import Measure, Outcome

_MOST_WAITING: Final = 1000

Pair = tuple[Outcome, Outcome]
"""An outcome of the canary, and the mean of production's."""


@dataclass(frozen=True, slots=True)
class _Seen:
    outcome: Outcome
    language: str


class Pairs:
    """Sets each outcome of the canary against the mean of a block of production's.

    Production has many times the canary's traffic: a block varies less than a single outcome. How
    many are in it is fixed before, for a choice by their outcomes would spoil the test.

    Args:
        block: Outcomes of production for each of the canary.
    """

    def __init__(self, block: int) -> None:
        self._size = block
        self._block: list[_Seen] = []
        self._production: deque[list[_Seen]] = deque(maxlen=_MOST_WAITING)
        self._canary: deque[_Seen] = deque(maxlen=_MOST_WAITING)
        self._mix = LanguageMix()

    def add(self, outcome: Outcome, *, of_canary: bool, language: str = "") -> list[Pair]:
        """Take an outcome; returns the pairs that are complete.

        The oldest outcomes go where the other version has too few.

        Args:
            outcome: What came of a request or a correction.
            of_canary: Whose it is.
            language: Of the transcript; empty where there is none.
        """
        seen = _Seen(outcome, language)
        if of_canary:
            self._canary.append(seen)
        else:
            self._block.append(seen)
        if len(self._block) >= self._size:
            self._production.append(self._block)
            self._block = []
        pairs = []
        while self._canary and self._production:
            pairs.append(self._pair(self._canary.popleft(), self._production.popleft()))
        return pairs

    def _pair(self, canary: _Seen, block: Sequence[_Seen]) -> Pair:
        ours, theirs = dict(canary.outcome), _mean(block)
        mix = self._mix.compare(canary.language, [seen.language for seen in block])
        if mix is not None:
            ours[Measure.LANGUAGE_MIX], theirs[Measure.LANGUAGE_MIX] = mix
        return ours, theirs


def _mean(block: Sequence[_Seen]) -> dict[Measure, float]:
    """By measure, over those outcomes that have it: a request that failed has no words."""
    values = {
        measure: [seen.outcome[measure] for seen in block if measure in seen.outcome]
        for measure in dict.fromkeys(one for seen in block for one in seen.outcome)
    }
    return {measure: sum(found) / len(found) for measure, found in values.items()}
