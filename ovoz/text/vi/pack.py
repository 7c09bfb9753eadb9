"""The language pack ``vi``: Vietnamese, and English words in it."""

from collections.abc import Sequence

from num2words import num2words

from ovoz.text.fixed_point import find_fixed_point
from ovoz.text.language import Language
from ovoz.text.pack import ConfiguredPack, PackConfig
from ovoz.text.vi.figures import spell_figures
from ovoz.text.vi.labels import LABELLER
from ovoz.text.vi.numbers import cardinal
from ovoz.text.vi.writing import expand, fold_letters, place_tones, strip_punctuation


class Vietnamese(ConfiguredPack):
    """Pack of Vietnamese with English words."""

    def normalize(self, text: str) -> str:
        """Text as spoken: small letters, tones in their places, figures in words; idempotent."""
        spoken = spell_figures(expand(fold_letters(text)))
        return strip_punctuation(place_tones(spoken))

    def written(self, text: str) -> str:
        """Text in small letters without punctuation; its words stay as they are written."""
        return strip_punctuation(place_tones(fold_letters(text)))

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
        """Language of each word of a text, from the word and its neighbours."""
        return LABELLER.label([place_tones(word.lower()) for word in words])

    def transcript_languages(self, words: Sequence[str]) -> list[Language]:
        """Language of each word of a canonical transcript, from the word and its neighbours."""
        return LABELLER.label(words)

    def number_words(self, number: int, language: str) -> str:
        """Words of a whole number in ``vi`` or ``en``.

        Raises:
            ValueError: The language is not in this pack, or the number is too large.
        """
        if language == Language.VIETNAMESE:
            return cardinal(number)
        if language == Language.ENGLISH:
            return strip_punctuation(str(num2words(number, lang="en")))
        raise self.no_number_words(language)


def build(config: PackConfig) -> Vietnamese:
    """Build the pack; called by :func:`ovoz.text.pack.load_pack`."""
    return Vietnamese(config)
