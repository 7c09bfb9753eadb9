"""Character n-grams that tell Uzbek from Russian spelling where no list knows the word."""

from collections import Counter
from collections.abc import Iterable
from functools import cache
from math import log

from ovoz.text.lexicon import russian_forms, uzbek_stems
from ovoz.text.romanization import romanize
from ovoz.text.transliteration import to_cyrillic

_ORDER = 3
_ENDINGS = ("", "lar", "ni", "ning", "ga", "da", "dan", "im", "di", "gan", "yapti", "adi", "moqda")


class SpellingModel:
    """Log-odds of two languages by character trigrams with add-half smoothing.

    Args:
        first: Words of the language of positive odds.
        second: Words of the language of negative odds.
    """

    def __init__(self, first: Iterable[str], second: Iterable[str]) -> None:
        counts = [
            Counter(gram for word in words for gram in _grams(word)) for words in (first, second)
        ]
        totals = [sum(count.values()) + 0.5 * len(count) for count in counts]
        self._odds = {
            gram: log((counts[0][gram] + 0.5) / totals[0])
            - log((counts[1][gram] + 0.5) / totals[1])
            for gram in counts[0].keys() | counts[1].keys()
        }

    def odds(self, word: str) -> float:
        """Log-odds per word that it is of the first language."""
        return sum(self._odds.get(gram, 0.0) for gram in _grams(word))


def _grams(word: str) -> list[str]:
    padded = f"^{word}$"
    return [padded[start : start + _ORDER] for start in range(len(padded) - _ORDER + 1)]


@cache
def latin_model() -> SpellingModel:
    """Uzbek against romanized Russian."""
    return SpellingModel(_uzbek_forms(), map(romanize, sorted(russian_forms())))


@cache
def cyrillic_model() -> SpellingModel:
    """Uzbek in Cyrillic letters against Russian."""
    return SpellingModel(to_cyrillic(" ".join(_uzbek_forms())).split(), sorted(russian_forms()))


@cache
def _uzbek_forms() -> tuple[str, ...]:
    return tuple(stem + ending for stem in sorted(uzbek_stems()) for ending in _ENDINGS)
