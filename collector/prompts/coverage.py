"""Which prompt teaches most: words and pairs of letters that were read seldom weigh most.

Spelling is near to sound in both languages, so pairs of letters stand for diphones. The greedy
choice is that of text selection for speech corpora (van Santen and Buchsbaum, Eurospeech 1997).
"""

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import pairwise

from collector.database.tables import Prompt
from ovoz.text.pack import LanguagePack


class Coverage:
    """Counts how often each unit was read, and ranks prompts by what they would add."""

    def __init__(self, pack: LanguagePack) -> None:
        self._pack = pack
        self._counts: Counter[str] = Counter()
        self._units: dict[str, Counter[str]] = {}

    def count(self, prompt: Prompt, readings: int = 1) -> None:
        """Count readings of a prompt."""
        for unit, number in self._list_units(prompt).items():
            self._counts[unit] += number * readings

    def rank(self, prompts: Sequence[Prompt]) -> list[Prompt]:
        """Prompts, those that add most first."""
        return sorted(prompts, key=self._measure, reverse=True)

    def counts(self) -> Mapping[str, int]:
        """Readings of each unit: words, and pairs of letters."""
        return self._counts

    def _measure(self, prompt: Prompt) -> float:
        units = self._list_units(prompt)
        gain = sum(number / (1 + self._counts[unit]) for unit, number in units.items())
        # By the root: a long sentence teaches more, yet takes its reader longer.
        return gain / math.sqrt(units.total() or 1)

    def _list_units(self, prompt: Prompt) -> Counter[str]:
        units = self._units.get(prompt.id)
        if units is None:
            text = self._pack.canonical(prompt.text)
            pairs = ("".join(pair) for pair in pairwise(f" {text} "))
            units = self._units[prompt.id] = Counter([*text.split(), *pairs])
        return units
