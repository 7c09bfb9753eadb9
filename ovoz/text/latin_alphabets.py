"""The Latin alphabets of Uzbek: that of 1995, and that of 2026 (ş, ç, ö, ğ) on request.

The Senate approved the law on 10 September 2026; by the authors of ``alifbo`` 0.6.0 and ``alifbe``
0.2.0 it awaited the president's signature then and was not in force. Transcripts are therefore in
the alphabet of 1995. That of 2026 is read everywhere (:mod:`ovoz.text.character_folding`).

s and h apart keep their apostrophe (isʼhoq), so that every word can be read back. Own code: four
replacements, whereas both packages take a whole text as Uzbek.
"""

import re
from enum import StrEnum
from typing import Final

from ovoz.text.character_folding import OKINA
from ovoz.text.language import Language

_PAIR: Final = re.compile(f"sh|ch|[og]{OKINA}", re.IGNORECASE)
_LETTERS: Final = {"sh": "ş", "ch": "ç", f"o{OKINA}": "ö", f"g{OKINA}": "ğ"}


class LatinAlphabet(StrEnum):
    """A Latin alphabet of Uzbek, by the year of its law."""

    OF_1995 = "1995"
    OF_2026 = "2026"


def write_word(word: str, language: Language, alphabet: LatinAlphabet) -> str:
    """A word of a transcript in an alphabet; words that are not Uzbek stay as they are.

    Args:
        word: A word in the alphabet of 1995; capitals are kept.
        language: Its language. Of mixed words the Latin letters are Uzbek.
        alphabet: The alphabet to write.
    """
    uzbek = language in (Language.UZBEK, Language.MIXED)
    return _PAIR.sub(_write_pair, word) if uzbek and alphabet is LatinAlphabet.OF_2026 else word


def _write_pair(pair: re.Match[str]) -> str:
    letter = _LETTERS[pair[0].lower()]
    return letter.upper() if pair[0][0].isupper() else letter
