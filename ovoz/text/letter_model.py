"""Probability of a spelling in a language, by n-grams of letters, for words that no table has."""

import math
from functools import cache
from typing import Final

from ovoz.text.word_frequencies import read_packed_lines

_LONGEST: Final = 5
_STEP: Final = -0.1
_MOST_STEPS: Final = 300_000
_UNKNOWN: Final = -7.0
"""Log-probability of a letter that the language does not have."""


class LetterModel:
    """Log-probabilities of spellings with back-off, as in an ARPA file.

    Args:
        grams: N-grams, each followed by its probability and its back-off weight, one printable
            character each: ``!`` for 1, one step per tenth of a natural logarithm.
    """

    def __init__(self, grams: list[str]) -> None:
        self._logs = {gram[:-2]: _STEP * (ord(gram[-2]) - 33) for gram in grams}
        self._backoffs = {gram[:-2]: _STEP * (ord(gram[-1]) - 33) for gram in grams}
        self._steps: dict[str, tuple[float, int]] = {}

    def log_probability(self, word: str, floor: float = -math.inf) -> float:
        """Natural logarithm of the probability of a word, its end included.

        Below ``floor`` the value is that of the beginning of the word only.
        """
        padded, total, start = f"^{word}$", 0.0, 0
        steps = self._steps
        for end in range(2, len(padded) + 1):
            # No model has an n-gram without its beginning: none starts before the last one did.
            if end - start > _LONGEST:
                start = end - _LONGEST
            gram = padded[start:end]
            step = steps.get(gram)
            if step is None:
                step = self._step(gram)
                if len(steps) < _MOST_STEPS:
                    steps[gram] = step
            total += step[0]
            if total < floor:
                break
            start += step[1]
        return total

    def _step(self, gram: str) -> tuple[float, int]:
        """Log-probability of the last letter, and how many letters the model backs off by."""
        total, start = 0.0, 0
        while (known := self._logs.get(gram[start:])) is None and start < len(gram) - 1:
            total += self._backoffs.get(gram[start:-1], 0.0)
            start += 1
        return total + (_UNKNOWN if known is None else known), start


@cache
def load_letter_model(name: str) -> LetterModel:
    """Load a model: ``uz``, ``ru``, ``ru-key`` (keys of :mod:`romanization`) or ``en``."""
    rows = (line.split("\t") for line in _read_table())
    return next(LetterModel(grams.split(" ")) for of, grams in rows if of == name)


@cache
def _read_table() -> tuple[str, ...]:
    return read_packed_lines("letter_models.txt.xz")
