"""How likely a word is Kazakh, Russian, or a Russian stem with Kazakh suffixes.

Both languages have Cyrillic letters, so the script tells little: a word is looked up in the counts
of both, then measured by its letters. A Russian word that Kazakh texts use is Kazakh by its count.
"""

import math
import re
from functools import cache, lru_cache
from typing import Final

from ovoz.text.language import Language
from ovoz.text.letter_model import LetterModel
from ovoz.text.switching import NEVER, SwitchLabeller, WordScores
from ovoz.text.word_frequencies import load_frequencies, read_packed_lines

_UNLISTED_KAZAKH: Final = -1.6
"""Share of the running words that the small Kazakh table lacks."""
_UNLISTED_RUSSIAN: Final = -3.5
_SUFFIXED: Final = -3.0
"""A Russian stem that takes these suffixes, beside its frequency."""
_SHORTEST_STEM: Final = 4
_SHORTEST_SUFFIX: Final = 2

_WORD: Final = re.compile("[а-яёәғқңөұүһі]+")
_ONLY_KAZAKH: Final = re.compile("[әғқңөұүһі]")
_ONLY_RUSSIAN: Final = re.compile("[щъ]|[бвгджзклмнпрстфхцчш]ь|эт")
_SUFFIXES: Final = re.compile(
    "(?:[лдт][ае]р)?"  # plural
    "(?:[ыі]?м(?:[ыі]з)?|[ыі]?ң(?:[ыі]з)?|с?[ыі])?"  # whose
    "(?:[нтд][ыі]ң?|[ғгқкн][ае]|нд[ае]|[дт][ае]н?|н[ае]н|[мбп]ен|[ае]|н)?"  # case
    "(?:[ғгқк][ыі])?"
)


@lru_cache(maxsize=100_000)
def measure(word: str) -> WordScores:
    """Log-likelihoods of a word in small letters."""
    if not _WORD.fullmatch(word):
        return WordScores(NEVER, NEVER, other=0.0)
    plain = word.replace("ё", "е")
    kazakh = _load_counts().get(plain)
    mixed = NEVER if kazakh is not None else _measure_suffixed(plain)
    if kazakh is None:
        kazakh = _UNLISTED_KAZAKH + _load_letters("kk").log_probability(plain)
        kazakh -= 4.0 if _ONLY_RUSSIAN.search(plain) else 0.0
    if _ONLY_KAZAKH.search(plain):
        return WordScores(kazakh, NEVER, mixed)
    russian = load_frequencies("ru").get(plain)
    if russian is None:
        russian = _UNLISTED_RUSSIAN + _load_letters("ru").log_probability(plain)
    return WordScores(kazakh, russian, mixed)


def _measure_suffixed(word: str) -> float:
    """As a Russian stem that Kazakh texts do not use, with Kazakh suffixes."""
    russian, kazakh = load_frequencies("ru"), _load_counts()
    if word in russian:
        return NEVER
    stems = (
        word[:end]
        for end in range(_SHORTEST_STEM, len(word) - _SHORTEST_SUFFIX + 1)
        if _SUFFIXES.fullmatch(word[end:])
    )
    found = [russian[stem] for stem in stems if stem in russian and stem not in kazakh]
    return max(found, default=NEVER) + _SUFFIXED


@cache
def _load_counts() -> dict[str, float]:
    rows = (line.split("\t") for line in read_packed_lines("kk_words.txt.xz"))
    return {
        word: -math.log(10) / 10 * int(level) for level, words in rows for word in words.split(" ")
    }


@cache
def _load_letters(language: str) -> LetterModel:
    rows = (line.split("\t") for line in read_packed_lines("kk_letters.txt.xz"))
    return next(LetterModel(grams.split(" ")) for of, grams in rows if of == language)


LABELLER: Final = SwitchLabeller(Language.KAZAKH, Language.RUSSIAN, measure)
"""Labels words of Kazakh text with Russian in it."""
