"""What the sentence templates of all languages share."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

import numpy as np

from ovoz.text.pack import LanguagePack

T = TypeVar("T")


@dataclass
class SentenceSampler:
    """One sentence in the making: a source of chance, and the stems drawn so far.

    ``allowed`` says which stems may be drawn at all.
    """

    rng: np.random.Generator
    pack: LanguagePack
    allowed: Callable[[str], bool]
    stems: set[str] = field(default_factory=set)

    def stem(self, stems: Sequence[str]) -> str:
        """One of the allowed stems, remembered as used."""
        known = [stem for stem in stems if self.allowed(stem)]
        chosen = known[self.rng.integers(len(known))]
        self.stems.add(chosen)
        return chosen

    def one(self, options: Sequence[T]) -> T:
        """One of ``options``, all equally likely."""
        return options[int(self.rng.integers(len(options)))]

    def chance(self, share: float) -> bool:
        """True in ``share`` of the cases."""
        return bool(self.rng.random() < share)

    def maybe(self, share: float, text: str) -> str:
        """``text`` in ``share`` of the cases, else nothing."""
        return text if self.chance(share) else ""

    def number(self) -> int:
        """A number people say in a shop or an office, few different words in it."""
        kind = self.rng.integers(4)
        if kind == 0:
            return int(self.rng.integers(1, 10))
        if kind == 1:
            return int(self.rng.integers(1, 10)) * 10
        if kind == 2:
            return int(self.rng.integers(11, 100))
        return int(self.rng.integers(1, 10)) * 100

    def shuffled(self, parts: Sequence[str]) -> str:
        """The parts in any order, empty ones left out."""
        order = self.rng.permutation(len(parts))
        return join_parts([parts[index] for index in order])


def join_parts(parts: Sequence[str]) -> str:
    """Parts with one space between them, empty ones left out."""
    return " ".join(part for part in parts if part)
