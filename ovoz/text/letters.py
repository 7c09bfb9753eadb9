"""Letters before anything else: one Unicode form, one apostrophe, one case."""

import re
import unicodedata
from functools import lru_cache
from typing import Final

OKINA: Final = "\u02bb"
"""Modifier letter turned comma: the second half of the Uzbek letters oʻ and gʻ."""

TUTUQ: Final = "\u02bc"
"""Modifier letter apostrophe: tutuq belgisi, as in maʼno."""

APOSTROPHES: Final = "'‘’ʻʼ`´"
"""The seven characters people type for either."""

_RARE_APOSTROPHES: Final = "′‛ʹʽˈ＇"
_ANY: Final = f"[{APOSTROPHES}{_RARE_APOSTROPHES}]+"
_AFTER_OG: Final = re.compile(f"(?<=[oOgG]){_ANY}")
_HARD_SIGN: Final = re.compile(f"(?<=[Ѐ-ӿ]){_ANY}(?=[Ѐ-ӿ])")
_INSIDE: Final = re.compile(f"(?<=[^\\W\\d_]){_ANY}(?=[^\\W\\d_])")
_LETTER_APOSTROPHE: Final = re.compile(f"{OKINA}|{TUTUQ}(?!.)", re.DOTALL)
_QUOTES: Final = re.compile(f"(?<![oOgGʻ])[{APOSTROPHES}{_RARE_APOSTROPHES}](?![^\\W\\d_])|"
                            f"(?<![^\\W\\d_])[{APOSTROPHES}{_RARE_APOSTROPHES}]")  # fmt: skip

_REFORM: Final = str.maketrans(
    {"ō": f"o{OKINA}", "õ": f"o{OKINA}", "ö": f"o{OKINA}", "ğ": f"g{OKINA}", "ǵ": f"g{OKINA}"}
    | {"ş": "sh", "ç": "ch", "ó": f"o{OKINA}"}
)
_HOMOGLYPHS: Final = ("aceopxyk", "асеорхук")
_TO_CYRILLIC: Final = str.maketrans(*_HOMOGLYPHS)
_TO_LATIN: Final = str.maketrans(_HOMOGLYPHS[1], _HOMOGLYPHS[0])
# A slip of the keyboard is a letter or two; what follows letters of its own script is a stem.
_LATIN_IN_CYRILLIC: Final = re.compile(f"(?<![a-z])[{_HOMOGLYPHS[0]}]{{1,2}}(?=[а-яё])")
_CYRILLIC_IN_LATIN: Final = re.compile(f"(?<![а-яё])[{_HOMOGLYPHS[1]}]{{1,2}}(?=[a-z])")


def fold_unicode(text: str) -> str:
    """Canonical composition (Unicode NFC), without soft hyphens and zero-width characters."""
    return unicodedata.normalize("NFC", text.translate(_INVISIBLE))


_INVISIBLE: Final = dict.fromkeys([0x00AD, 0x200B, 0x200C, 0x200D, 0x2060, 0xFEFF])


def fold_apostrophes(text: str) -> str:
    """One spelling for oʻ, gʻ and tutuq belgisi, from the variants seen in the wild.

    After o or g an apostrophe becomes U+02BB; between other letters U+02BC, or ъ between Cyrillic
    letters. One that stands next to no letter, or ends a word after any other letter, was a
    quotation mark and is removed. Idempotent.
    """
    text = _AFTER_OG.sub(OKINA, text)
    text = _HARD_SIGN.sub("ъ", text)
    text = _INSIDE.sub(_inner, text)
    return _QUOTES.sub("", text)


def _inner(match: re.Match[str]) -> str:
    before = match.string[match.start() - 1]
    return OKINA if before in "oOgG" else TUTUQ


def fold_case(text: str) -> str:
    """Lower case, safe for Turkic keyboards: I, İ and ı are all the Uzbek i.

    ``str.lower`` turns İ into two code points, which would cost a character error.
    """
    return text.replace("İ", "i").replace("ı", "i").lower()


def fold_reform_letters(text: str) -> str:
    """Letters of the proposed Uzbek alphabets (ō ğ ş ç) in today's spelling; lower case only."""
    spelled = text.translate(_REFORM)
    # ó´ was one letter with two marks; its new apostrophe and the old one are one.
    return text if spelled == text else fold_apostrophes(spelled)


@lru_cache(maxsize=200_000)
def fold_homoglyphs(word: str) -> str:
    """One script for a word in which look-alike letters of the other script were typed.

    Only one or two look-alikes with letters of the other script after them, and none of their own
    before, are replaced: ``заказda`` keeps its Latin suffix, ``номерlar`` its Cyrillic stem.
    """
    latin = sum("a" <= letter <= "z" for letter in word)
    cyrillic = sum("а" <= letter <= "ӿ" for letter in word)
    if not latin or not cyrillic:
        return word
    if cyrillic > latin:
        return _LATIN_IN_CYRILLIC.sub(lambda run: run[0].translate(_TO_CYRILLIC), word)
    return _CYRILLIC_IN_LATIN.sub(lambda run: run[0].translate(_TO_LATIN), word)
