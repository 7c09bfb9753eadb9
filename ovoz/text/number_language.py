"""Detects the language and script in which a number written in digits is read."""

import re
from bisect import bisect_right
from collections.abc import Sequence
from enum import Enum, auto
from functools import lru_cache
from typing import Final, NamedTuple

from ovoz.text.character_folding import fold_case
from ovoz.text.language import Language
from ovoz.text.transliteration import to_cyrillic
from ovoz.text.word_language import label_words

_WORD: Final = re.compile(r"[^\W\d_][^\W\d_ʻʼ]*(?:[ʻʼ][^\W\d_]*)*")
_ROMAN_NUMERAL: Final = re.compile("[IVXLC]+")
_PAUSE: Final = re.compile(r"[.,;:!?](?:\s|$)|[\n—–()]")
_RUSSIAN_BEFORE: Final = frozenset(("в", "во", "к", "ко", "до", "с", "со", "на", "по", "от", "за"))
"""Russian prepositions: a number after them is Russian, whatever follows it."""

_UZBEK_AFTER: Final = frozenset(
    suffix
    for latin in ("ta", "ga", "dan", "ning", "gacha")
    for suffix in (latin, to_cyrillic(latin))
) | {"ni", "da"}
"""Suffixes of numbers that only Uzbek has."""

_AMBIGUOUS: Final = frozenset(("да", "ни"))
"""Both Uzbek suffixes and Russian words: the words after them decide."""

SPACE_BEFORE_SUFFIX: Final = re.compile(rf"(?<=[\d%])\s(?=(?:{'|'.join(sorted(_UZBEK_AFTER))})\b)")
"""The space between a number and its suffix: 5 ta, 2024 da."""


class NumberLanguage(Enum):
    """Language and script of number words."""

    UZBEK = auto()
    UZBEK_CYRILLIC = auto()
    RUSSIAN = auto()


class _LabelledWord(NamedTuple):
    start: int
    end: int
    text: str
    language: NumberLanguage | None


def detect_number_language(match: re.Match[str]) -> NumberLanguage:
    """Language in which the number that ``match`` found is read.

    It is that of the counted word, which follows the number. Where a pause or the end of the text
    comes first, it is that of the word before. A number after a Russian preposition is Russian.
    Words without a language are skipped; where no word has one, the number is Uzbek.
    """
    words = _label_words(match.string)
    position = bisect_right(words, match.start(), key=lambda word: word.start)
    before, after = words[:position], words[position:]
    if after and after[0].start == match.end() and after[0].text in _UZBEK_AFTER:
        return _uzbek_script(after[0].text)
    if before and before[-1].text in _RUSSIAN_BEFORE:
        return NumberLanguage.RUSSIAN
    pause = _PAUSE.search(match.string, match.end())
    clause = [word for word in after if pause is None or word.start < pause.start()]
    return (
        _find_language(clause)
        or _find_language(before[::-1])
        or _find_language(after)
        or NumberLanguage.UZBEK
    )


def _find_language(words: Sequence[_LabelledWord]) -> NumberLanguage | None:
    return next((word.language for word in words if word.language), None)


@lru_cache(maxsize=256)
def _label_words(text: str) -> tuple[_LabelledWord, ...]:
    found = [word for word in _WORD.finditer(text) if not _ROMAN_NUMERAL.fullmatch(word[0])]
    folded = [fold_case(word[0]) for word in found]
    return tuple(
        _LabelledWord(word.start(), word.end(), spelled, _number_language(spelled, language))
        for word, spelled, language in zip(found, folded, label_words(folded), strict=True)
    )


def _number_language(word: str, language: Language) -> NumberLanguage | None:
    if language is Language.OTHER or word in _AMBIGUOUS:
        return None
    if language is Language.RUSSIAN:
        return NumberLanguage.RUSSIAN
    return NumberLanguage.UZBEK if language is Language.MIXED else _uzbek_script(word)


def _uzbek_script(word: str) -> NumberLanguage:
    return NumberLanguage.UZBEK_CYRILLIC if word[0] >= "Ѐ" else NumberLanguage.UZBEK
