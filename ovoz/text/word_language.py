"""Word languages: labels each word of a text in any script.

A word is assessed alone (word lists with Uzbek morphology, then character n-grams) and then with up
to two neighbours on each side, which decide the doubtful cases. Where a text has Uzbek in Latin
letters, its Cyrillic words are Russian: the writer kept the scripts separate.
"""

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Final, NamedTuple

from ovoz.text.language import Language
from ovoz.text.romanization import find_russian
from ovoz.text.spelling_model import build_cyrillic_model, build_latin_model
from ovoz.text.transliteration import to_latin
from ovoz.text.word_lists import NOUN_SUFFIXES, is_uzbek, load_loans, load_russian_forms

_LATIN: Final = re.compile("[a-zʻʼ]+")
_CYRILLIC: Final = re.compile("[Ѐ-ӿ]+")
_UZBEK_CYRILLIC: Final = re.compile("[ўқғҳ]")
_RUSSIAN_CYRILLIC: Final = re.compile("[ыщ]")
_FOREIGN: Final = re.compile("w|c(?!h)|oo|ee|ou|ph")
_BRANDS: Final = frozenset(
    ("instagram", "google", "iphone", "android", "apple", "payme", "uzum", "samsung")
)
ENCLITICS: Final = frozenset(("da", "ku", "chi", "mi", "yu", "ya", "ta"))
"""Particles that some write separately; the canonical form joins them to the word before."""

_AMBIGUOUS_ENCLITICS: Final = frozenset(("da", "ya", "ta"))  # also Russian words: да, я, та
_SURE: Final = 2.0
_NEIGHBOURS: Final = ((-1, 1.0), (1, 1.0), (-2, 0.5), (2, 0.5))
_LATIN_PRIOR: Final = 0.8
"""An unlisted Latin word is Uzbek unless its spelling and neighbours outweigh this."""

_SHORTEST_STEM: Final = 4
_LONGEST_WORD: Final = 60
"""Looking for stems and suffixes takes time that grows with the square of the length."""


class WordAssessment(NamedTuple):
    """The language of a word without its context.

    Attributes:
        label: The language, if the word alone decides it.
        score: Above 0 for Uzbek, below 0 for Russian.
        latin: Whether the word is in Latin letters, at least in part.
        stem: Length of the Russian stem of a mixed word.
    """

    label: Language | None
    score: float
    latin: bool
    stem: int = 0


@lru_cache(maxsize=200_000)
def assess_word(word: str) -> WordAssessment:
    """Assess a normalized word without its context; a run of letters too long for one is other."""
    if len(word) > _LONGEST_WORD:
        return WordAssessment(Language.OTHER, 0.0, False)
    if _LATIN.fullmatch(word):
        return _assess_latin(word)
    if _CYRILLIC.fullmatch(word):
        return _assess_cyrillic(word)
    if re.fullmatch("[а-яё]+[a-zʻʼ]+", word):
        return WordAssessment(
            Language.MIXED, 1.0, True, len(word.rstrip("abcdefghijklmnopqrstuvxyzʻʼ"))
        )
    return WordAssessment(Language.OTHER, 0.0, False)


def _assess_latin(word: str) -> WordAssessment:
    if _FOREIGN.search(word) or word in _BRANDS:
        return WordAssessment(Language.OTHER, 0.0, True)
    if word in ENCLITICS - _AMBIGUOUS_ENCLITICS:
        return WordAssessment(None, _SURE, True)
    uzbek, russian = word in ENCLITICS or is_uzbek(word), find_russian(word) is not None
    if uzbek or russian:
        return WordAssessment(None, 0.3 if uzbek and russian else _SURE if uzbek else -_SURE, True)
    stem = find_russian_stem(word)
    if stem:
        return WordAssessment(Language.MIXED, 0.5, True, stem)
    return WordAssessment(None, _LATIN_PRIOR + _bound(build_latin_model().log_odds(word)), True)


def _assess_cyrillic(word: str) -> WordAssessment:
    if _UZBEK_CYRILLIC.search(word):
        return WordAssessment(None, 2 * _SURE, False)
    plain = word.replace("ё", "е")
    latin = to_latin(word)
    uzbek = latin in ENCLITICS or is_uzbek(latin)
    # A loan without suffixes is spelled alike in both languages.
    russian = (
        plain in load_russian_forms()
        or latin in load_loans()
        or bool(_RUSSIAN_CYRILLIC.search(word))
    )
    if uzbek or russian:
        return WordAssessment(
            None, -0.1 if uzbek and russian else _SURE if uzbek else -_SURE, False
        )
    stem = find_russian_stem(word)
    if stem:
        return WordAssessment(Language.MIXED, 0.5, False, stem)
    return WordAssessment(None, _bound(build_cyrillic_model().log_odds(word)), False)


def find_russian_stem(word: str) -> int:
    """Length of the Russian stem of a word that ends in Uzbek suffixes; 0 without one."""
    for end in range(len(word) - 2, _SHORTEST_STEM - 1, -1):
        stem, suffix = word[:end], to_latin(word[end:])
        known = find_russian(stem) if stem.isascii() else stem in load_russian_forms()
        if known and NOUN_SUFFIXES.fullmatch(suffix):
            return end
    return 0


def _bound(odds: float) -> float:
    return max(-1.5, min(1.5, odds / 3))


def label_words(words: Sequence[str]) -> list[Language]:
    """Language of each normalized word, from the word and its neighbours."""
    assessments = [assess_word(word) for word in words]
    scripts_separate = any(
        each.latin
        and (each.score >= _SURE or (each.label is Language.MIXED and not word.isascii()))
        for word, each in zip(words, assessments, strict=True)
    )
    scripts_separate = scripts_separate or _all_russian(assessments)
    return [
        _decide(assessments, position, scripts_separate) for position in range(len(assessments))
    ]


def _all_russian(assessments: list[WordAssessment]) -> bool:
    """Whether all Cyrillic words are Russian: none has ў қ ғ ҳ, and more are surely Russian."""
    scores = [word.score for word in assessments if not word.latin and word.label is None]
    russian, uzbek = (sum(sign * score >= _SURE for score in scores) for sign in (-1, 1))
    return russian > uzbek and max(scores) <= _SURE


def _decide(assessments: list[WordAssessment], position: int, scripts_separate: bool) -> Language:
    word = assessments[position]
    if word.label:
        return word.label
    if scripts_separate and not word.latin:
        return Language.UZBEK if word.score > _SURE else Language.RUSSIAN
    context = 0.0
    for offset, weight in _NEIGHBOURS:
        other = position + offset
        if 0 <= other < len(assessments) and assessments[other].latin == word.latin:
            context += weight * max(-1.0, min(1.0, assessments[other].score))
    return Language.UZBEK if word.score + 0.5 * context > 0 else Language.RUSSIAN
