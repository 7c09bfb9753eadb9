"""The canonical transcript: Uzbek in Latin, Russian in Cyrillic letters, enclitics joined."""

from functools import lru_cache
from typing import Final

from ovoz.text.language import Language
from ovoz.text.letters import fold_homoglyphs
from ovoz.text.normalization import normalize
from ovoz.text.romanization import to_russian
from ovoz.text.transliteration import to_latin
from ovoz.text.word_language import ENCLITICS, judge, word_languages

_PASSES: Final = 4


def canonical(text: str) -> str:
    """Canonical transcript of text in any script people write Uzbek and Russian in.

    Words of other languages stay as they are. Idempotent: a changed spelling may change what its
    neighbours are taken for, so the reading is repeated until it is stable.
    """
    text = normalize(text)
    for _ in range(_PASSES):
        words = [fold_homoglyphs(word) for word in text.split()]
        spelled = map(_spell, words, word_languages(words))
        joined = " ".join(_join(list(spelled)))
        if joined == text:
            break
        text = joined
    return text


@lru_cache(maxsize=200_000)
def _spell(word: str, language: Language) -> str:
    if language is Language.MIXED:
        stem = judge(word).stem
        return _russian(word[:stem]) + to_latin(word[stem:])
    if language is Language.UZBEK:
        return to_latin(word)
    return _russian(word) if language is Language.RUSSIAN else word


def _russian(word: str) -> str:
    return to_russian(word).replace("ё", "е") if word[:1] < "Ѐ" else word.replace("ё", "е")


def _join(words: list[str]) -> list[str]:
    joined: list[str] = []
    for word in words:
        if word in ENCLITICS and joined:
            joined[-1] += word
        else:
            joined.append(word)
    return joined
