"""Detects the language and script in which a number written in digits is read."""

import re
from bisect import bisect_left
from enum import Enum, auto
from functools import lru_cache
from typing import Final, NamedTuple

from ovoz.text.character_folding import fold_case
from ovoz.text.language import Language
from ovoz.text.transliteration import to_cyrillic
from ovoz.text.word_language import label_words

_WORD: Final = re.compile(r"[^\W\d_][^\W\d_ʻʼ]*(?:[ʻʼ][^\W\d_]*)*")
_ROMAN_NUMERAL: Final = re.compile("[IVXLCMХІСМ]+")
_PAUSE: Final = re.compile(r"[.,;:!?](?:\s|$)|[\n—–()]")
_RUSSIAN_BEFORE: Final = frozenset(
    ("в", "во", "к", "ко", "до", "с", "со", "на", "по", "от", "за", "из", "около", "более",
     "менее", "через", "без", "для", "после")
)  # fmt: skip
"""Russian prepositions: a number after them is Russian, whatever follows it."""

_ONLY_UZBEK: Final = ("ta", "ga", "dan", "ning", "gacha", "tadan", "tasi", "tacha")
UZBEK_SUFFIXES: Final = frozenset(
    spelled for latin in _ONLY_UZBEK for spelled in (latin, to_cyrillic(latin))
) | {"ni", "da"}
"""Suffixes of numbers that only Uzbek has."""

_AMBIGUOUS: Final = frozenset(("да", "ни"))
"""Both Uzbek suffixes and Russian words: the words after them decide."""


class NumberLanguage(Enum):
    """Language and script of number words."""

    UZBEK = auto()
    UZBEK_CYRILLIC = auto()
    RUSSIAN = auto()


class _LabelledText(NamedTuple):
    """Words of a text with the nearest language on both sides of each.

    ``before[i]`` is the last known language of the words up to ``i`` (exclusive), ``after[i]``
    the position of the next word from ``i`` whose language is known (the number of words where
    there is none). ``pauses`` are the starts of pauses.
    """

    starts: list[int]
    words: list[str]
    languages: list[NumberLanguage | None]
    before: list[NumberLanguage | None]
    after: list[int]
    pauses: list[int]

    def word_beside(self, edge: int) -> str:
        """The word that starts at a place, or one character after it; else an empty string."""
        position = bisect_left(self.starts, edge)
        beside = position < len(self.starts) and self.starts[position] - edge <= 1
        return self.words[position] if beside else ""


def detect_number_language(match: re.Match[str], end: int | None = None) -> NumberLanguage:
    """Language in which the number that ``match`` found is read.

    It is that of the counted word, which follows the number. Where a pause or the end of the text
    comes first, it is that of the word before. A number after a Russian preposition is Russian.
    Words without a language are skipped; where no word has one, the number is Uzbek.

    Args:
        match: what found the number.
        end: where its digits end, if the match goes on.
    """
    text = _label_text(match.string)
    end = match.end() if end is None else end
    position = bisect_left(text.starts, match.start())
    following_position = bisect_left(text.starts, max(end, match.end()))
    known = text.after[following_position]
    for edge in (end, match.end()):
        suffix = text.word_beside(edge)
        if suffix in UZBEK_SUFFIXES:
            return _uzbek_script(suffix)
    if position and text.words[position - 1] in _RUSSIAN_BEFORE:
        return NumberLanguage.RUSSIAN
    pause = bisect_left(text.pauses, end)
    clause_end = text.pauses[pause] if pause < len(text.pauses) else len(match.string)
    following = text.languages[known] if known < len(text.words) else None
    if following and text.starts[known] < clause_end:
        return following
    inside = text.before[following_position]
    return text.before[position] or following or inside or NumberLanguage.UZBEK


@lru_cache(maxsize=256)
def _label_text(text: str) -> _LabelledText:
    found = [word for word in _WORD.finditer(text) if not _ROMAN_NUMERAL.fullmatch(word[0])]
    words = [fold_case(word[0]) for word in found]
    languages = [
        _number_language(word, language)
        for word, language in zip(words, label_words(words), strict=True)
    ]
    before: list[NumberLanguage | None] = [None]
    for language in languages:
        before.append(language or before[-1])
    after = [len(words)]
    for position in range(len(words) - 1, -1, -1):
        after.append(position if languages[position] else after[-1])
    pauses = [pause.start() for pause in _PAUSE.finditer(text)]
    return _LabelledText(
        [word.start() for word in found], words, languages, before, after[::-1], pauses
    )


def _number_language(word: str, language: Language) -> NumberLanguage | None:
    letter = len(word) == 1 and word.isascii()
    if language is Language.OTHER or word in _AMBIGUOUS or letter:
        return None
    if language is Language.RUSSIAN:
        return NumberLanguage.RUSSIAN
    return NumberLanguage.UZBEK if language is Language.MIXED else _uzbek_script(word)


def _uzbek_script(word: str) -> NumberLanguage:
    return NumberLanguage.UZBEK_CYRILLIC if word[0] >= "Ѐ" else NumberLanguage.UZBEK
