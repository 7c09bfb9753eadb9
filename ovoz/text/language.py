"""Language labels of words and utterances."""

import unicodedata
from collections.abc import Callable, Iterable
from enum import StrEnum


class Language(StrEnum):
    """Language of a word or of an utterance.

    A word is of one language, ``mixed`` (a stem of one language with suffixes of the other, such
    as ``заказni``) or ``other`` (digits, symbols). An utterance is ``mixed`` when it holds words of
    two languages or any mixed word. The language pack says which languages a model knows.
    """

    UZBEK = "uz"
    RUSSIAN = "ru"
    KAZAKH = "kk"
    VIETNAMESE = "vi"
    MIXED = "mixed"
    OTHER = "other"


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


def utterance_language(
    words: Iterable[str], label: Callable[[str], Language] = word_language
) -> Language:
    """Language of a transcript: that of all its words, or ``mixed`` when they differ.

    Args:
        words: Words of the transcript.
        label: Labels a word; the ``word_language`` of a language pack.
    """
    languages = {label(word) for word in words} - {Language.OTHER}
    if len(languages) == 1:
        return languages.pop()
    return Language.MIXED if languages else Language.OTHER
