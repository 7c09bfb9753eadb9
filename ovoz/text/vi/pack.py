"""The language pack ``vi``: Vietnamese, and English words in it."""

from collections.abc import Sequence

from num2words import num2words

from ovoz.text.fixed_point import find_fixed_point
from ovoz.text.language import Language
from ovoz.text.pack import PackConfig
from ovoz.text.vi.figures import spell_figures
from ovoz.text.vi.labels import LABELLER
from ovoz.text.vi.numbers import cardinal
from ovoz.text.vi.writing import expand, fold_letters, place_tones, strip_punctuation


class Vietnamese:
    """Pack of Vietnamese with English words."""

    def __init__(self, config: PackConfig) -> None:
        self.config = config
        self.alphabet = tuple(sorted({" ", *config.alphabet}))

    @property
    def name(self) -> str:
        """Name of the pack."""
        return self.config.name

    @property
    def prompts(self) -> dict[str, tuple[str, ...]]:
        """Sentences to read aloud, by language code."""
        return self.config.prompts

    @property
    def voices(self) -> dict[str, tuple[str, ...]]:
        """Names of espeak-ng voices, by language code."""
        return self.config.voices

    def normalize(self, text: str) -> str:
        """Text as spoken: small letters, tones in their places, figures in words; idempotent."""
        spoken = spell_figures(expand(fold_letters(text)))
        return strip_punctuation(place_tones(spoken))

    def written(self, text: str) -> str:
        """Text in small letters without punctuation; its words stay as they are written."""
        return strip_punctuation(place_tones(fold_letters(text)))

    def canonical(self, text: str) -> str:
        """Canonical transcript; idempotent: what a figure leaves may be an abbreviation."""
        return find_fixed_point(self.normalize, text)

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
        raise ValueError(
            f"no number words in {language!r}; {self.name} has {self.config.languages}"
        )


def build(config: PackConfig) -> Vietnamese:
    """Build the pack; called by :func:`ovoz.text.pack.load_pack`."""
    return Vietnamese(config)
