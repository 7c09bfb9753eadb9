"""The language pack ``uz-ru``: Uzbek, Russian and switching between them."""

from collections.abc import Sequence

from ovoz.text import dialects, numbers_ru, numbers_uz
from ovoz.text.canonicalization import canonicalize
from ovoz.text.character_folding import fold_case
from ovoz.text.language import Language, label_by_script
from ovoz.text.normalization import fold_writing, normalize
from ovoz.text.pack import ConfiguredPack, PackConfig
from ovoz.text.word_language import label_words


class UzbekRussian(ConfiguredPack):
    """Pack of Uzbek (in Latin letters) and Russian (in Cyrillic letters)."""

    def normalize(self, text: str) -> str:
        """Text as spoken, in the writer's script: lower case, numbers in words, no punctuation."""
        return normalize(text)

    def written(self, text: str) -> str:
        """Text with one apostrophe, lower case, no punctuation; every word keeps its script."""
        return fold_writing(text)

    def canonical(self, text: str) -> str:
        """Canonical transcript: Uzbek in Latin, Russian in Cyrillic letters, enclitics joined."""
        return canonicalize(text)

    def literary(self, text: str) -> str:
        """A canonical transcript with dialect forms replaced by literary ones; idempotent."""
        return dialects.to_literary(text)

    def word_languages(self, words: Sequence[str]) -> list[Language]:
        """Language of each word of a text in any script, from the word and its neighbours."""
        return label_words([normalize(fold_case(word)) for word in words])

    def transcript_languages(self, words: Sequence[str]) -> list[Language]:
        """Language of each word of a canonical transcript, read from its letters."""
        return label_by_script(words)

    def number_words(self, number: int, language: str) -> str:
        """Words of a whole number in ``uz`` or ``ru``.

        Raises:
            ValueError: The language is not in this pack, or the number is too large.
        """
        if language == Language.UZBEK:
            return numbers_uz.cardinal(number)
        if language == Language.RUSSIAN:
            return numbers_ru.cardinal(number)
        raise self.no_number_words(language)


def build(config: PackConfig) -> UzbekRussian:
    """Build the pack; called by :func:`ovoz.text.pack.load_pack`."""
    return UzbekRussian(config)
