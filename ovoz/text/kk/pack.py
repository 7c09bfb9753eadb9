"""The language pack ``kk``: Kazakh, Russian and switching between them, in Cyrillic letters."""

import re
from collections.abc import Sequence
from typing import Final

from ovoz.text import numbers_ru
from ovoz.text.fixed_point import find_fixed_point
from ovoz.text.kk.figures import spell_figures
from ovoz.text.kk.labels import LABELLER
from ovoz.text.kk.numbers import cardinal
from ovoz.text.kk.writing import expand, fold_letters, strip_punctuation, write_cyrillic
from ovoz.text.language import Language, join_languages
from ovoz.text.normalization import normalize as normalize_russian
from ovoz.text.pack import ConfiguredPack, PackConfig

_DIGIT: Final = re.compile(r"\d")
_LATIN: Final = re.compile("[a-z]")


class KazakhRussian(ConfiguredPack):
    """Pack of Kazakh and Russian; counts and context tell which of them a word is."""

    def normalize(self, text: str) -> str:
        """Text as spoken, in Cyrillic letters: figures in words, no punctuation; idempotent."""
        written = expand(write_cyrillic(fold_letters(text)))
        if _DIGIT.search(written):
            written = _spell_russian(written) or spell_figures(written)
        return strip_punctuation(written)

    def written(self, text: str) -> str:
        """Text in small letters without punctuation; its words stay in their script."""
        return strip_punctuation(fold_letters(text))

    def canonical(self, text: str) -> str:
        """Canonical transcript; idempotent: what a figure leaves may be an abbreviation."""
        return find_fixed_point(self._run_pass, text)

    def _run_pass(self, text: str) -> tuple[str, bool]:
        spoken = self.normalize(text)
        return spoken, spoken == text

    def literary(self, text: str) -> str:
        """The same text: the pack knows no dialect words."""
        return text

    def word_languages(self, words: Sequence[str]) -> list[Language]:
        """Language of each word of a text in either alphabet, from the word and its neighbours."""
        return LABELLER.label([write_cyrillic(fold_letters(word)) for word in words])

    def transcript_languages(self, words: Sequence[str]) -> list[Language]:
        """Language of each word of a canonical transcript, from the word and its neighbours."""
        return LABELLER.label(words)

    def number_words(self, number: int, language: str) -> str:
        """Words of a whole number in ``kk`` or ``ru``.

        Raises:
            ValueError: The language is not in this pack, or the number is too large.
        """
        if language == Language.KAZAKH:
            return cardinal(number)
        if language == Language.RUSSIAN:
            return numbers_ru.cardinal(number)
        raise self.no_number_words(language)


def _spell_russian(text: str) -> str:
    """A Russian text with its figures in Russian words; empty where the text is not Russian."""
    words = strip_punctuation(text).split()
    if join_languages(LABELLER.label(words)) is not Language.RUSSIAN:
        return ""
    spoken = normalize_russian(text)
    return "" if _LATIN.search(spoken) else spoken  # Uzbek, to the pack of Uzbek and Russian


def build(config: PackConfig) -> KazakhRussian:
    """Build the pack; called by :func:`ovoz.text.pack.load_pack`."""
    return KazakhRussian(config)
