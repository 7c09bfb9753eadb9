"""The canonical form of a transcript: Uzbek in Latin, Russian in Cyrillic letters."""

from collections.abc import Iterable
from functools import lru_cache
from typing import Final

from ovoz.text.character_folding import fold_homoglyphs
from ovoz.text.language import Language
from ovoz.text.normalization import normalize
from ovoz.text.romanization import to_russian
from ovoz.text.transliteration import to_latin
from ovoz.text.word_language import ENCLITICS, assess_word, label_words

_MAX_PASSES: Final = 4


def canonicalize(text: str) -> str:
    """Canonical form of text in any script used for Uzbek and Russian, enclitics joined.

    Words of other languages stay as they are. Idempotent: a changed spelling may change the
    language that is found for its neighbours, so the pass is repeated until nothing changes.
    """
    text = normalize(text)
    for _ in range(_MAX_PASSES):
        words = [fold_homoglyphs(word) for word in text.split()]
        spelled = " ".join(_join_enclitics(map(_spell, words, label_words(words))))
        if spelled == text:
            break
        text = spelled
    return text


@lru_cache(maxsize=200_000)
def _spell(word: str, language: Language) -> str:
    if language is Language.MIXED:
        stem = assess_word(word).stem
        return _spell_russian(word[:stem]) + to_latin(word[stem:])
    if language is Language.UZBEK:
        return to_latin(word)
    return _spell_russian(word) if language is Language.RUSSIAN else word


def _spell_russian(word: str) -> str:
    return to_russian(word).replace("ё", "е") if word[:1] < "Ѐ" else word.replace("ё", "е")


def _join_enclitics(words: Iterable[str]) -> list[str]:
    joined: list[str] = []
    for word in words:
        if word in ENCLITICS and joined:
            joined[-1] += word
        else:
            joined.append(word)
    return joined
