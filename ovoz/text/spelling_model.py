"""Character n-gram model of Uzbek against Russian spelling, for words that no list has."""

from collections import Counter
from collections.abc import Iterable
from functools import cache
from math import log

from ovoz.text.romanization import romanize
from ovoz.text.transliteration import to_cyrillic
from ovoz.text.word_lists import load_russian_forms, load_uzbek_stems

_ORDER = 3
_ENDINGS = ("", "lar", "ni", "ning", "ga", "da", "dan", "im", "di", "gan", "yapti", "adi", "moqda")


class SpellingModel:
    """Log-odds of two languages, by character trigrams with add-half smoothing.

    Args:
        first: Words of the language with positive log-odds.
        second: Words of the language with negative log-odds.
    """

    def __init__(self, first: Iterable[str], second: Iterable[str]) -> None:
        counts = [
            Counter(gram for word in words for gram in _split_trigrams(word))
            for words in (first, second)
        ]
        totals = [sum(count.values()) + 0.5 * len(count) for count in counts]
        self._log_odds = {
            gram: log((counts[0][gram] + 0.5) / totals[0])
            - log((counts[1][gram] + 0.5) / totals[1])
            for gram in counts[0].keys() | counts[1].keys()
        }

    def log_odds(self, word: str) -> float:
        """Log-odds that a word is of the first language."""
        return sum(self._log_odds.get(gram, 0.0) for gram in _split_trigrams(word))


def _split_trigrams(word: str) -> list[str]:
    padded = f"^{word}$"
    return [padded[start : start + _ORDER] for start in range(len(padded) - _ORDER + 1)]


@cache
def build_latin_model() -> SpellingModel:
    """Model of Uzbek against romanized Russian."""
    return SpellingModel(_make_uzbek_forms(), map(romanize, sorted(load_russian_forms())))


@cache
def build_cyrillic_model() -> SpellingModel:
    """Model of Uzbek in Cyrillic letters against Russian."""
    return SpellingModel(
        to_cyrillic(" ".join(_make_uzbek_forms())).split(), sorted(load_russian_forms())
    )


@cache
def _make_uzbek_forms() -> tuple[str, ...]:
    return tuple(stem + ending for stem in sorted(load_uzbek_stems()) for ending in _ENDINGS)
