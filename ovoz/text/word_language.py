"""Which language each word of a text is of, whatever the script it was typed in.

A word is judged alone (word lists with Uzbek morphology, then character n-grams) and then with up
to two neighbours on each side, which decide what the word leaves open. Where a text writes Uzbek
in Latin letters, its Cyrillic words are Russian: the writer told them apart.
"""

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Final, NamedTuple

from ovoz.text.language import Language
from ovoz.text.lexicon import NOUN_SUFFIXES, is_uzbek, loans, russian_forms
from ovoz.text.ngrams import cyrillic_model, latin_model
from ovoz.text.romanization import listed_russian
from ovoz.text.transliteration import to_latin

_LATIN: Final = re.compile("[a-zʻʼ]+")
_CYRILLIC: Final = re.compile("[Ѐ-ӿ]+")
_UZBEK_CYRILLIC: Final = re.compile("[ўқғҳ]")
_RUSSIAN_CYRILLIC: Final = re.compile("[ыщ]")
_FOREIGN: Final = re.compile("w|c(?!h)|oo|ee|ou|ph")
_BRANDS: Final = frozenset(
    ("instagram", "google", "iphone", "android", "apple", "payme", "uzum", "samsung")
)
ENCLITICS: Final = frozenset(("da", "ku", "chi", "mi", "yu", "ya", "ta"))
"""Particles written apart or joined by different hands; canonically joined to the word before."""

_OPEN_ENCLITICS: Final = frozenset(("da", "ya", "ta"))  # also Russian words: да, я, та
_SURE: Final = 2.0
_NEIGHBOURS: Final = ((-1, 1.0), (1, 1.0), (-2, 0.5), (2, 0.5))
_LATIN_PRIOR: Final = 0.8
"""An unlisted Latin word is Uzbek until its spelling and neighbours say otherwise."""

_SHORTEST_STEM: Final = 4


class Judgement(NamedTuple):
    """A word by itself: its label if that settles it, else ``score`` > 0 for Uzbek, < 0 Russian."""

    label: Language | None
    score: float
    latin: bool
    stem: int = 0
    """Length of the Russian stem of a mixed word."""


@lru_cache(maxsize=200_000)
def judge(word: str) -> Judgement:
    """Judgement of a normalized word without its context."""
    if _LATIN.fullmatch(word):
        return _judge_latin(word)
    if _CYRILLIC.fullmatch(word):
        return _judge_cyrillic(word)
    if re.fullmatch("[а-яё]+[a-zʻʼ]+", word):
        return Judgement(Language.MIXED, 1.0, True, len(word.rstrip("abcdefghijklmnopqrstuvxyzʻʼ")))
    return Judgement(Language.OTHER, 0.0, False)


def _judge_latin(word: str) -> Judgement:
    if _FOREIGN.search(word) or word in _BRANDS:
        return Judgement(Language.OTHER, 0.0, True)
    if word in ENCLITICS - _OPEN_ENCLITICS:
        return Judgement(None, _SURE, True)
    uzbek, russian = word in ENCLITICS or is_uzbek(word), listed_russian(word) is not None
    if uzbek or russian:
        return Judgement(None, 0.3 if uzbek and russian else _SURE if uzbek else -_SURE, True)
    stem = russian_stem(word)
    if stem:
        return Judgement(Language.MIXED, 0.5, True, stem)
    return Judgement(None, _LATIN_PRIOR + _bounded(latin_model().odds(word)), True)


def _judge_cyrillic(word: str) -> Judgement:
    if _UZBEK_CYRILLIC.search(word):
        return Judgement(None, 2 * _SURE, False)
    plain = word.replace("ё", "е")
    latin = to_latin(word)
    uzbek = latin in ENCLITICS or is_uzbek(latin)
    # A loan without suffixes is spelled alike in both languages.
    russian = plain in russian_forms() or latin in loans() or bool(_RUSSIAN_CYRILLIC.search(word))
    if uzbek or russian:
        return Judgement(None, -0.1 if uzbek and russian else _SURE if uzbek else -_SURE, False)
    stem = russian_stem(word)
    if stem:
        return Judgement(Language.MIXED, 0.5, False, stem)
    return Judgement(None, _bounded(cyrillic_model().odds(word)), False)


def russian_stem(word: str) -> int:
    """Length of the Russian stem of a word that ends in Uzbek suffixes; 0 where there is none."""
    for end in range(len(word) - 2, _SHORTEST_STEM - 1, -1):
        stem, suffix = word[:end], to_latin(word[end:])
        known = listed_russian(stem) if stem.isascii() else stem in russian_forms()
        if known and NOUN_SUFFIXES.fullmatch(suffix):
            return end
    return 0


def _bounded(odds: float) -> float:
    return max(-1.5, min(1.5, odds / 3))


def word_languages(words: Sequence[str]) -> list[Language]:
    """Language of each normalized word, from the word and its neighbours."""
    judged = [judge(word) for word in words]
    told_apart = any(
        each.latin
        and (each.score >= _SURE or (each.label is Language.MIXED and not word.isascii()))
        for word, each in zip(words, judged, strict=True)
    )
    told_apart = told_apart or _all_russian(judged)
    return [_decide(judged, position, told_apart) for position in range(len(judged))]


def _all_russian(judged: list[Judgement]) -> bool:
    """Whether the Cyrillic words are Russian as a whole: no ў қ ғ ҳ, and more sure Russian ones."""
    scores = [word.score for word in judged if not word.latin and word.label is None]
    russian, uzbek = (sum(sign * score >= _SURE for score in scores) for sign in (-1, 1))
    return russian > uzbek and max(scores) <= _SURE


def _decide(judged: list[Judgement], position: int, told_apart: bool) -> Language:
    word = judged[position]
    if word.label:
        return word.label
    if told_apart and not word.latin:
        return Language.UZBEK if word.score > _SURE else Language.RUSSIAN
    context = 0.0
    for offset, weight in _NEIGHBOURS:
        other = position + offset
        if 0 <= other < len(judged) and judged[other].latin == word.latin:
            context += weight * max(-1.0, min(1.0, judged[other].score))
    return Language.UZBEK if word.score + 0.5 * context > 0 else Language.RUSSIAN
