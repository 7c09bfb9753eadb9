"""The language labels of words and utterances."""

import unicodedata
from collections.abc import Iterable
from enum import StrEnum


class Language(StrEnum):
    """Language of a word or of an utterance.

    A word is ``uz`` (Latin letters), ``ru`` (Cyrillic letters), ``mixed`` (a stem of one
    language with suffixes of the other, such as ``заказni``) or ``other`` (digits, symbols).
    An utterance is ``mixed`` when it holds words of both languages or any mixed word.
    """

    UZBEK = "uz"
    RUSSIAN = "ru"
    MIXED = "mixed"
    OTHER = "other"


def word_language(word: str) -> Language:
    """Language of a word of a canonical transcript, read from its letters.

    Latin letters only are Uzbek, Cyrillic letters only are Russian, both in one word is ``mixed``
    and a word without letters is ``other``.
    """
    scripts = {unicodedata.name(letter, "").split(" ")[0] for letter in word if letter.isalpha()}
    latin, cyrillic = "LATIN" in scripts, "CYRILLIC" in scripts
    if latin and cyrillic:
        return Language.MIXED
    if latin:
        return Language.UZBEK
    return Language.RUSSIAN if cyrillic else Language.OTHER


def utterance_language(words: Iterable[str]) -> Language:
    """Language of an utterance: that of all its words, or ``mixed`` when they differ."""
    languages = {word_language(word) for word in words} - {Language.OTHER}
    if len(languages) == 1:
        return languages.pop()
    return Language.MIXED if languages else Language.OTHER
