"""Folds variants of characters: Unicode forms, apostrophes, case, look-alike letters."""

import re
import unicodedata
from functools import lru_cache
from typing import Final

OKINA: Final = "\u02bb"
"""Modifier letter turned comma: the second half of the Uzbek letters oʻ and gʻ."""

TUTUQ: Final = "\u02bc"
"""Modifier letter apostrophe: tutuq belgisi, as in maʼno."""

APOSTROPHES: Final = "'‘’ʻʼ`´"
"""The seven characters that people type for either."""

_RARE_APOSTROPHES: Final = "′‛ʹʽˈ＇"
_ANY: Final = f"[{APOSTROPHES}{_RARE_APOSTROPHES}]+"
_APOSTROPHE: Final = re.compile(f"[{APOSTROPHES}{_RARE_APOSTROPHES}]")
_AFTER_OG: Final = re.compile(f"(?<=[oOgG]){_ANY}")
_HARD_SIGN: Final = re.compile(f"(?<=[Ѐ-ӿ]){_ANY}(?=[Ѐ-ӿ])")
_INSIDE: Final = re.compile(f"(?<=[^\\W\\d_]){_ANY}(?=[^\\W\\d_])")
_LETTER_APOSTROPHE: Final = re.compile(f"{OKINA}|{TUTUQ}(?!.)", re.DOTALL)
_QUOTES: Final = re.compile(f"(?<![oOgGʻ])[{APOSTROPHES}{_RARE_APOSTROPHES}](?![^\\W\\d_])|"
                            f"(?<![^\\W\\d_])[{APOSTROPHES}{_RARE_APOSTROPHES}]")  # fmt: skip

_HIDDEN: Final = re.compile("[\u00ad\u200b-\u200d\u2060\ufeff]")
_REFORM: Final = str.maketrans(
    {"ō": f"o{OKINA}", "õ": f"o{OKINA}", "ö": f"o{OKINA}", "ğ": f"g{OKINA}", "ǵ": f"g{OKINA}"}
    | {"ş": "sh", "ç": "ch", "ó": f"o{OKINA}"}
)
_HOMOGLYPHS: Final = ("aceopxyk", "асеорхук")
_TO_CYRILLIC: Final = str.maketrans(*_HOMOGLYPHS)
_TO_LATIN: Final = str.maketrans(_HOMOGLYPHS[1], _HOMOGLYPHS[0])
# A typing slip is a letter or two; a run after letters of its own script is a suffix or a stem.
_LATIN_IN_CYRILLIC: Final = re.compile(f"(?<![a-z])[{_HOMOGLYPHS[0]}]{{1,2}}(?=[а-яё])")
_CYRILLIC_IN_LATIN: Final = re.compile(f"(?<![а-яё])[{_HOMOGLYPHS[1]}]{{1,2}}(?=[a-z])")


def fold_unicode(text: str) -> str:
    """Compose characters (Unicode NFC); drop soft hyphens and zero-width characters."""
    if text.isascii():
        return text
    return unicodedata.normalize("NFC", _HIDDEN.sub("", text))


def fold_apostrophes(text: str) -> str:
    """Fold the variants of oʻ, gʻ and tutuq belgisi into one spelling; idempotent.

    An apostrophe becomes U+02BB after o or g, ъ between Cyrillic letters and U+02BC between other
    letters. One next to no letter, or at the end of a word after any letter but o and g, was a
    quotation mark and is removed.
    """
    if not _APOSTROPHE.search(text):
        return text
    text = _AFTER_OG.sub(OKINA, text)
    text = _HARD_SIGN.sub("ъ", text)
    text = _INSIDE.sub(_fold_inner_apostrophe, text)
    return _QUOTES.sub("", text)


def _fold_inner_apostrophe(match: re.Match[str]) -> str:
    before = match.string[match.start() - 1]
    return OKINA if before in "oOgG" else TUTUQ


def fold_case(text: str) -> str:
    """Fold to lower case; I, İ and ı all become the Uzbek i.

    ``str.lower`` turns İ into two code points, which would count as a character error.
    """
    return text.replace("İ", "i").replace("ı", "i").lower()


def fold_reform_letters(text: str) -> str:
    """Spell letters of the proposed Uzbek alphabets (ō ğ ş ç) as today; lower case only."""
    spelled = text.translate(_REFORM)
    # ó´ has an apostrophe of its own besides the new one: both are folded into one.
    return text if spelled == text else fold_apostrophes(spelled)


@lru_cache(maxsize=200_000)
def fold_homoglyphs(word: str) -> str:
    """Replace look-alike letters of the other script that were typed by mistake.

    Only one or two look-alikes are replaced, before letters of the other script and not after
    letters of their own: ``заказda`` keeps its Latin suffix, ``номерlar`` its Cyrillic stem.
    """
    latin = sum("a" <= letter <= "z" for letter in word)
    cyrillic = sum("а" <= letter <= "ӿ" for letter in word)
    if not latin or not cyrillic:
        return word
    if cyrillic > latin:
        return _LATIN_IN_CYRILLIC.sub(lambda run: run[0].translate(_TO_CYRILLIC), word)
    return _CYRILLIC_IN_LATIN.sub(lambda run: run[0].translate(_TO_LATIN), word)
