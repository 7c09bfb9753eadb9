"""Language labels of words and utterances."""

import unicodedata
from collections.abc import Callable, Iterable, Sequence
from enum import StrEnum
from functools import lru_cache


class Language(StrEnum):
    """Language of a word or of an utterance.

    A word is of one language, ``mixed`` (a stem of one language with suffixes of the other, such
    as ``заказni``) or ``other`` (digits, symbols). An utterance is ``mixed`` when it holds words of
    two languages or any mixed word. The language pack says which languages a model knows.
    """

    UZBEK = "uz"
    RUSSIAN = "ru"
    KAZAKH = "kk"
    ENGLISH = "en"
    VIETNAMESE = "vi"
    MIXED = "mixed"
    OTHER = "other"


@lru_cache(maxsize=200_000)
def word_language(word: str) -> Language:
    """Language of a word of a transcript in which every language has its own script.

    Words in Latin letters are Uzbek, words in Cyrillic letters are Russian, words with both are
    ``mixed`` and words without letters are ``other``.
    """
    scripts = {unicodedata.name(letter, "").split(" ")[0] for letter in word if letter.isalpha()}
    latin, cyrillic = "LATIN" in scripts, "CYRILLIC" in scripts
    if latin and cyrillic:
        return Language.MIXED
    if latin:
        return Language.UZBEK
    return Language.RUSSIAN if cyrillic else Language.OTHER


LabelWords = Callable[[Sequence[str]], Sequence[Language]]
"""Languages of the words of a transcript: the ``transcript_languages`` of a language pack."""


def label_by_script(words: Sequence[str]) -> list[Language]:
    """Languages of the words of a transcript in which every language has its own script."""
    return [word_language(word) for word in words]


def join_languages(languages: Iterable[Language]) -> Language:
    """Language of an utterance: that of all its words, or ``mixed`` when they differ."""
    spoken = set(languages) - {Language.OTHER}
    if len(spoken) == 1:
        return spoken.pop()
    return Language.MIXED if spoken else Language.OTHER


def utterance_language(words: Sequence[str], label: LabelWords = label_by_script) -> Language:
    """Language of a transcript: that of all its words, or ``mixed`` when they differ.

    Args:
        words: Words of the transcript.
        label: Labels them; the ``transcript_languages`` of a language pack.
    """
    return join_languages(label(words))
