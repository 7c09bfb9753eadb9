"""Folds variants of characters: Unicode forms, apostrophes, case, look-alike letters."""

import re
import unicodedata
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
# Unicode calls some apostrophes letters.
_LETTER: Final = f"[^\\W\\d_{APOSTROPHES}{_RARE_APOSTROPHES}]"
_INSIDE: Final = re.compile(f"(?<={_LETTER}){_ANY}(?={_LETTER})")
_LETTER_APOSTROPHE: Final = re.compile(f"{OKINA}|{TUTUQ}(?!.)", re.DOTALL)
_QUOTES: Final = re.compile(
    f"(?<![oOgGʻ])[{APOSTROPHES}{_RARE_APOSTROPHES}](?!{_LETTER})|"
    f"(?<!{_LETTER})[{APOSTROPHES}{_RARE_APOSTROPHES}]"
)

_HIDDEN: Final = re.compile("[\u00ad\u200b-\u200d\u2060\ufeff]")
_REFORM: Final = str.maketrans(
    dict.fromkeys("ōõöóŏ", f"o{OKINA}") | dict.fromkeys("ğǵḡǧ", f"g{OKINA}")
    | dict.fromkeys("şș", "sh") | {"ç": "ch"}
)  # fmt: skip
_REFORM_WORD: Final = re.compile(
    f"[a-z{OKINA}{TUTUQ}]*[ōõöóŏğǵḡǧşșç][a-zōõöóŏğǵḡǧşșç{OKINA}{TUTUQ}]*"
)
_WORD: Final = re.compile("[^\\W_]+")
_FOREIGN: Final = re.compile(f"[^\\W\\d_a-zōõöóŏğǵḡǧşșç{OKINA}{TUTUQ}]")
_APART: Final = re.compile(r"\b(is|as|mus|tas)(?=h(?:oq|ob|af|ih))")
"""Words with s and h, which the alphabet of 2026 writes as sh: Ishoq, ashob, mushaf, tashih."""

# A pattern that begins with a character or a set is searched for much faster than one that begins
# with a condition on what is before it: here and elsewhere such conditions come second.
_QUOTE_BEFORE_SUFFIX: Final = re.compile(
    '["»”“″)](?<=[^\\W_].)["»”“″)]*(?=(?:lar|лар)?(?:i|si|и|си)?(?:ning|ni|ga|ka|qa|dan|dagi|da|gacha|lik|li|chi'
    "|нинг|ни|га|ка|қа|дан|даги|да|гача|лик|ли|чи|i|si|и|си|lar|лар)(?![^\\W\\d_]))"
)
_AND: Final = re.compile(r"-(?<=[^\W\d_]{2}-)(?=[uUуУ](?![\w-]))")
"""The hyphen before the particle -u (doʻst-u dushman), which alone is another word (u, у)."""

_CASE: Final = (
    "(?:lar|лар)?(?:ning|ni|ga|dan|dagi|da|gacha|нинг|ни|га|дан|даги|да|гача)(?![^\\W\\d_])"
)
_SUFFIX_APOSTROPHE: Final = re.compile(
    f"(?:(?<=[^\\W\\d_]{{2}}[bcdfghjklmnpqrstvxyz])|(?<=[^\\W\\d_]{{5}})){TUTUQ}(?={_CASE})"
)
"""The apostrophe between a name and a suffix: Telegramʼda, but maʼni, bemaʼni."""


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
    return _QUOTES.sub("", _SUFFIX_APOSTROPHE.sub("", text))


def _fold_inner_apostrophe(match: re.Match[str]) -> str:
    before = match.string[match.start() - 1]
    return OKINA if before in "oOgG" else TUTUQ


def fold_case(text: str) -> str:
    """Fold to lower case; I, İ and ı all become the Uzbek i.

    ``str.lower`` turns İ into two code points, which would count as a character error.
    """
    return text.replace("İ", "i").replace("ı", "i").lower()


def _spell_as_today(word: str) -> str:
    if _FOREIGN.search(word):
        return word
    return _APART.sub(rf"\1{TUTUQ}", word).translate(_REFORM)


def join_suffixes(text: str) -> str:
    """Join a suffix to the word before: behind a quotation mark or bracket («Nasaf»ni), or -u."""
    return _AND.sub("", _QUOTE_BEFORE_SUFFIX.sub("", text))


def fold_reform_letters(text: str) -> str:
    """Spell letters of the proposed alphabets and of that of 2026 as today; lower case only.

    Words with a letter that no Uzbek alphabet has keep their spelling (Müller, Tromsø).
    """
    if not _REFORM_WORD.search(text):
        return text
    spelled = _WORD.sub(lambda word: _spell_as_today(word[0]), text)
    # ó´ has an apostrophe of its own besides the new one: both are folded into one.
    return fold_apostrophes(spelled)
