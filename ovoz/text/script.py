"""In which language, and which letters, the figures of a text are read."""

import re
from enum import Enum, auto
from typing import Final

_CYRILLIC: Final = re.compile("[а-яёА-ЯЁ]")
_LATIN: Final = re.compile("[a-zA-Z]")
_UZBEK_CYRILLIC: Final = re.compile("[ўқғҳЎҚҒҲ]")


class Spoken(Enum):
    """Language and letters of a text's number words."""

    UZBEK = auto()
    UZBEK_CYRILLIC = auto()
    RUSSIAN = auto()


def spoken_in(text: str) -> Spoken:
    """Russian for Cyrillic text without an Uzbek letter, else Uzbek in the text's own letters.

    Roman numerals are Latin letters, but say nothing of the language.
    """
    letters = _ROMAN_NUMERAL.sub(" ", text)
    if not _CYRILLIC.search(letters) or _LATIN.search(letters):
        return Spoken.UZBEK
    return Spoken.UZBEK_CYRILLIC if _UZBEK_CYRILLIC.search(letters) else Spoken.RUSSIAN


_ROMAN_NUMERAL: Final = re.compile(r"\b[IVXLC]+\b")
