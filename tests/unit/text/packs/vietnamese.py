"""A language pack of one language, small enough to read at a glance."""

import re
import unicodedata

from num2words import num2words

from ovoz.text.language import Language


class Vietnamese:
    def __init__(self, config) -> None:
        self.config = config
        self.name = config.name
        self.alphabet = tuple(sorted({" ", *config.alphabet}))
        self.prompts, self.voices = config.prompts, config.voices

    def normalize(self, text):
        text = unicodedata.normalize("NFC", text).lower()
        text = re.sub(r"\d+", lambda found: self.number_words(int(found[0]), "vi"), text)
        return " ".join(re.sub(r"[^\w\s]", " ", text).split())

    canonical = normalize

    def literary(self, text):
        return text

    def word_languages(self, words):
        return [Language.VIETNAMESE if word.isalpha() else Language.OTHER for word in words]

    transcript_languages = word_languages

    def number_words(self, number, language):
        return num2words(number, lang="vi")


def build(config):
    return Vietnamese(config)
