"""Kazakh as it is typed: letters, both alphabets, abbreviations."""

import re
import unicodedata
from typing import Final

from ovoz.text.kk.alphabets import LATIN_WORD, is_plainly_kazakh, to_cyrillic
from ovoz.text.kk.labels import measure
from ovoz.text.word_frequencies import load_frequencies

_LOOK_ALIKES: Final = str.maketrans({"ə": "ә", "Ə": "Ә", "ї": "і", "є": "е"})
_TYPED_LATIN: Final = str.maketrans("ihaeopcxyk", "іһаеорсхук")
"""Latin letters that stand in a Cyrillic word by mistake: the keyboards have і and һ apart."""

_ABBREVIATIONS: Final = {
    "т.б": "тағы басқа", "т.с.с": "тағы сол сияқты", "ақш": "ақш", "ж": "жыл", "ғ": "ғасыр",
}  # fmt: skip
_ABBREVIATED: Final = re.compile(r"(?<!\w)(т\.б|т\.с\.с|(?<=\s)ж(?=\.)|(?<=\s)ғ(?=\.))\.?(?!\w)")
_MIXED_SCRIPT: Final = re.compile(r"[a-zäöüūğñşıа-яёәғқңөұүһі]+")
_CYRILLIC: Final = re.compile("[а-яёәғқңөұүһі]")
_PUNCTUATION: Final = re.compile(r"(?:[^\w\s]|_)+")


_ROMAN: Final = re.compile(
    r"\b([IVXLCІХС]{2,7})\b(?:\s?-\s?ш[ыі])?(?=\s+[А-Яа-яЁёӘәҒғҚқҢңӨөҰұҮүҺһІі])"
)
_ROMAN_LETTERS: Final = str.maketrans("ІХС", "IXC")
_ROMAN_VALUES: Final = {"I": 1, "V": 5, "X": 10, "L": 50, "C": 100}


def fold_letters(text: str) -> str:
    """Composed small letters; those of other keyboards as Kazakh ones; Roman numerals as 20-шы."""
    text = _ROMAN.sub(lambda found: f"{_read_roman(found[1])}-шы", text)
    # Turkish capitals: İ is the small i of the Latin alphabet, I its dotless ı.
    text = unicodedata.normalize("NFC", text).translate(_LOOK_ALIKES).replace("İ", "i")
    if not re.search("[А-Яа-я]", text) and re.search("[ÄäÖöÜüŪūĞğÑñŞşı]", text):
        text = text.replace("I", "ı")
    return text.lower()


def expand(text: str) -> str:
    """Abbreviations of a text in small letters, written out."""
    return _ABBREVIATED.sub(lambda found: _ABBREVIATIONS[found[1]], text)


def write_cyrillic(text: str) -> str:
    """A text in small letters with its Kazakh words in Cyrillic letters.

    In a text in Cyrillic letters a Latin word is foreign; in a Latin text it is unless it has a
    letter of Kazakh, or reads more like Kazakh than English.
    """
    latin_text = not _CYRILLIC.search(text)
    return _MIXED_SCRIPT.sub(lambda word: _write_word(word[0], latin_text=latin_text), text)


def strip_punctuation(text: str) -> str:
    """Words with single spaces between them; ё is written е."""
    return " ".join(_PUNCTUATION.sub(" ", text).replace("ё", "е").split())


def _read_roman(numeral: str) -> int:
    values = [_ROMAN_VALUES[letter] for letter in numeral.translate(_ROMAN_LETTERS)]
    followed = [*values[1:], 0]
    return sum(
        -value if value < after else value for value, after in zip(values, followed, strict=True)
    )


def _write_word(word: str, *, latin_text: bool) -> str:
    if _CYRILLIC.search(word):
        return word.translate(_TYPED_LATIN)
    if not LATIN_WORD.fullmatch(word):
        return word
    if is_plainly_kazakh(word):
        return to_cyrillic(word)
    if not latin_text:
        return word
    english = load_frequencies("en").get(word)
    spelled = to_cyrillic(word)
    return spelled if english is None or measure(spelled).matrix > english else word
