"""In which language, and which letters, a figure of a text is read aloud."""

import re
from bisect import bisect_right
from collections.abc import Sequence
from enum import Enum, auto
from functools import lru_cache
from typing import Final, NamedTuple

from ovoz.text.language import Language
from ovoz.text.letters import fold_case
from ovoz.text.transliteration import to_cyrillic
from ovoz.text.word_language import word_languages

_WORD: Final = re.compile(r"[^\W\d_][^\W\d_ʻʼ]*(?:[ʻʼ][^\W\d_]*)*")
_ROMAN_NUMERAL: Final = re.compile("[IVXLC]+")
_PAUSE: Final = re.compile(r"[.,;:!?](?:\s|$)|[\n—–()]")
_RUSSIAN_BEFORE: Final = frozenset(("в", "во", "к", "ко", "до", "с", "со", "на", "по", "от", "за"))
"""Russian prepositions: what follows them is Russian, whatever comes after it."""

_UZBEK_AFTER: Final = frozenset(
    suffix
    for latin in ("ta", "ga", "dan", "ning", "gacha")
    for suffix in (latin, to_cyrillic(latin))
) | {"ni", "da"}
"""Suffixes that only Uzbek hangs on a figure."""

_OPEN: Final = frozenset(("да", "ни"))
"""Uzbek suffixes and Russian words alike: what comes after them decides."""

SUFFIX_APART: Final = re.compile(rf"(?<=[\d%])\s(?=(?:{'|'.join(sorted(_UZBEK_AFTER))})\b)")
"""The space between a figure and its suffix: 5 ta, 2024 da."""


class Spoken(Enum):
    """Language and letters of number words."""

    UZBEK = auto()
    UZBEK_CYRILLIC = auto()
    RUSSIAN = auto()


class _Word(NamedTuple):
    start: int
    end: int
    text: str
    spoken: Spoken | None


def spoken_at(match: re.Match[str]) -> Spoken:
    """How the figure that ``match`` found is read: as the word it counts, the one after it.

    Where a pause or the text's end comes first, or a Russian preposition stands before, it is read
    as the word before it. Names and words of no language do not decide; without any that does the
    reading is Uzbek.
    """
    words = _words(match.string)
    position = bisect_right(words, match.start(), key=lambda word: word.start)
    before, after = words[:position], words[position:]
    if after and after[0].start == match.end() and after[0].text in _UZBEK_AFTER:
        return _uzbek(after[0].text)
    if before and before[-1].text in _RUSSIAN_BEFORE:
        return Spoken.RUSSIAN
    pause = _PAUSE.search(match.string, match.end())
    clause = [word for word in after if pause is None or word.start < pause.start()]
    return _first(clause) or _first(before[::-1]) or _first(after) or Spoken.UZBEK


def _first(words: Sequence[_Word]) -> Spoken | None:
    return next((word.spoken for word in words if word.spoken), None)


@lru_cache(maxsize=256)
def _words(text: str) -> tuple[_Word, ...]:
    found = [word for word in _WORD.finditer(text) if not _ROMAN_NUMERAL.fullmatch(word[0])]
    folded = [fold_case(word[0]) for word in found]
    return tuple(
        _Word(word.start(), word.end(), spelled, _spoken(spelled, language))
        for word, spelled, language in zip(found, folded, word_languages(folded), strict=True)
    )


def _spoken(word: str, language: Language) -> Spoken | None:
    if language is Language.OTHER or word in _OPEN:
        return None
    if language is Language.RUSSIAN:
        return Spoken.RUSSIAN
    return Spoken.UZBEK if language is Language.MIXED else _uzbek(word)


def _uzbek(word: str) -> Spoken:
    return Spoken.UZBEK_CYRILLIC if word[0] >= "Ѐ" else Spoken.UZBEK
