"""How likely a word is Vietnamese, and how likely English."""

import math
from functools import cache, lru_cache
from typing import Final

from ovoz.text.language import Language
from ovoz.text.letter_model import load_letter_model
from ovoz.text.switching import NEVER, SwitchLabeller, WordScores
from ovoz.text.vi.syllables import (
    has_open_stop,
    is_toned,
    is_unmarked_syllable,
    parse_syllable,
)
from ovoz.text.word_frequencies import load_frequencies, read_packed_lines

_UNLISTED: Final = -13.0
"""A syllable that no count has."""
_FOREIGN: Final = -15.0
"""A word of a third language, or a name; a word that English lists is rarely one."""
_FOREIGN_THOUGH_ENGLISH: Final = -23.0
_UNMARKED: Final = -4.0
"""A syllable that needs a tone, typed without one."""
_UNLISTED_ENGLISH: Final = -3.9
_LOANS: Final = frozenset(
    """
    acid alo audio axit ba-lô bia cafe camera cao-su casino catalog clip container festival gam
    gas hecta hotel internet karaoke kilôgam lít logo metro micro motor oxy pha-lê photo radio robot
    salon sandwich sofa tivi taxi toilet vaccine vali video villa virus visa vitamin wifi xe-tăng
    campuchia singapore malaysia indonesia thailand hàn
    """.split()  # noqa: SIM905  (a table to read)
)
"""Foreign words that Vietnamese takes as its own, and countries, where their spelling shows it."""


@lru_cache(maxsize=100_000)
def measure(word: str) -> WordScores:
    """Log-likelihoods of a word in small letters."""
    if not word.replace("'", "").isalpha():
        return WordScores(NEVER, NEVER, other=0.0)
    counted = _load_counts().get(word)
    if is_toned(word):
        return WordScores(counted or _UNLISTED, NEVER, other=NEVER)
    if word in _LOANS:
        return WordScores(counted or _UNLISTED, _FOREIGN, other=NEVER)
    listed = load_frequencies("en").get(word)
    if listed is None:
        english, other = _measure_letters(word), _FOREIGN
    else:
        english, other = listed, _FOREIGN_THOUGH_ENGLISH
    return WordScores(_measure_plain(word, counted), english, other=other)


def _measure_plain(word: str, counted: float | None) -> float:
    """As Vietnamese, a word without any mark: a syllable of the level tone, or typed without."""
    syllable = parse_syllable(word)
    if syllable is None:
        return _UNLISTED + _UNMARKED if is_unmarked_syllable(word) else NEVER
    likelihood = _UNLISTED if counted is None else counted
    return likelihood + (_UNMARKED if has_open_stop(syllable) else 0.0)


def _measure_letters(word: str) -> float:
    """As an English word that is not listed."""
    return _UNLISTED_ENGLISH + load_letter_model("en").log_probability(word, _FOREIGN)


@cache
def _load_counts() -> dict[str, float]:
    rows = (line.split("\t") for line in read_packed_lines("vi_syllables.txt.xz"))
    return {
        word: -math.log(10) / 10 * int(level) for level, words in rows for word in words.split(" ")
    }


LABELLER: Final = SwitchLabeller(Language.VIETNAMESE, Language.ENGLISH, measure)
"""Labels words of Vietnamese text with English in it."""
