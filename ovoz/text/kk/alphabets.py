"""The Latin alphabet of Kazakh and the Cyrillic one of the transcripts.

The Latin alphabet is that of 2021 (31 letters, presented by the national commission on 28 January
2021): ä ö ü ū ğ ñ ş ı. The letters of 2018 (á ó ú ý ǵ ń, sh, ch) and of 2017's digraphs are not
read. One Latin letter stands for several Cyrillic ones (ı for и and й, u for у, h for х and һ), so
that the way back is not always the way there.
"""

import re
from typing import Final

_CYRILLIC: Final = {
    "a": "а", "ä": "ә", "b": "б", "d": "д", "e": "е", "f": "ф", "g": "г", "ğ": "ғ", "h": "х",
    "i": "і", "ı": "и", "j": "ж", "k": "к", "q": "қ", "l": "л", "m": "м", "n": "н", "ñ": "ң",
    "o": "о", "ö": "ө", "p": "п", "r": "р", "s": "с", "ş": "ш", "t": "т", "u": "у", "ū": "ұ",
    "ü": "ү", "v": "в", "y": "ы", "z": "з", "c": "ц", "w": "у", "x": "кс",
}  # fmt: skip
_LATIN: Final = {
    **{cyrillic: latin for latin, cyrillic in _CYRILLIC.items() if latin not in "cwx"},
    "й": "ı", "һ": "h", "ц": "ts", "ч": "ch", "щ": "şş", "э": "e", "ё": "io", "ю": "ıu",
    "я": "ıa", "ъ": "", "ь": "",
}  # fmt: skip
_GLIDES: Final = (("ıu", "ю"), ("ıa", "я"), ("ch", "ч"), ("ts", "ц"))
_VOWELS: Final = "аәеиоөуұүыіюя"
_GLIDE_BEHIND_VOWEL: Final = re.compile(f"(?<=[{_VOWELS}])и(?![у])|и(?=[аәоөұүыі])")
_ONLY_KAZAKH: Final = re.compile("[äöüūğñşı]")

LATIN_WORD: Final = re.compile("[a-zäöüūğñşı]+")
"""A word in small letters of the Latin alphabet."""


def to_cyrillic(word: str) -> str:
    """A Kazakh word in small Latin letters, in Cyrillic ones."""
    for latin, cyrillic in _GLIDES:
        word = word.replace(latin, cyrillic)
    spelled = "".join(_CYRILLIC.get(letter, letter) for letter in word)
    return _GLIDE_BEHIND_VOWEL.sub("й", spelled)


def to_latin(word: str) -> str:
    """A Kazakh word in small Cyrillic letters, in Latin ones."""
    return "".join(_LATIN.get(letter, letter) for letter in word)


def is_plainly_kazakh(word: str) -> bool:
    """Whether a Latin word has a letter that English does not have."""
    return bool(_ONLY_KAZAKH.search(word))
