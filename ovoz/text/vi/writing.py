"""Vietnamese as it is typed: letters, abbreviations, teencode, Roman numerals."""

import re
import unicodedata
from typing import Final

from ovoz.text.vi.syllables import place_tone

_TYPED_LETTERS: Final = str.maketrans({"Ð": "Đ", "ð": "đ", "Ɖ": "Đ", "ɖ": "đ", "’": "'"})
"""Eth and African D look like đ, and old fonts typed them for it."""

_ABBREVIATIONS: Final = {
    "tp.hcm": "thành phố hồ chí minh", "tp. hcm": "thành phố hồ chí minh",
    "tp hcm": "thành phố hồ chí minh", "tphcm": "thành phố hồ chí minh",
    "tp": "thành phố", "ubnd": "ủy ban nhân dân", "hđnd": "hội đồng nhân dân",
    "hđxx": "hội đồng xét xử", "vn": "việt nam", "tnhh": "trách nhiệm hữu hạn",
    "thpt": "trung học phổ thông", "thcs": "trung học cơ sở", "đh": "đại học",
    "csgt": "cảnh sát giao thông", "bhxh": "bảo hiểm xã hội", "bhyt": "bảo hiểm y tế",
    "gtvt": "giao thông vận tải", "gdđt": "giáo dục đào tạo", "tdtt": "thể dục thể thao",
    "pgs": "phó giáo sư", "gs": "giáo sư", "ts": "tiến sĩ", "ths": "thạc sĩ", "bs": "bác sĩ",
    "đ/c": "đồng chí", "tw": "trung ương", "v.v": "vân vân", "đt": "điện thoại",
    "sđt": "số điện thoại", "nxb": "nhà xuất bản", "cntt": "công nghệ thông tin",
    "sv": "sinh viên", "kg": "ki lô gam", "km": "ki lô mét", "cm": "xen ti mét",
    "mm": "mi li mét", "usd": "đô la mỹ", "vnd": "đồng", "vnđ": "đồng",
}  # fmt: skip

_TEENCODE: Final = {
    "ko": "không", "kh": "không", "hok": "không", "hem": "không",
    "dc": "được", "đc": "được", "dk": "được", "vs": "với", "mk": "mình", "mik": "mình",
    "j": "gì", "r": "rồi", "k": "không", "trc": "trước", "ntn": "như thế nào", "cx": "cũng",
    "lun": "luôn", "thik": "thích", "iu": "yêu", "ny": "người yêu", "wa": "quá", "bik": "biết",
    "ng": "người", "nhìu": "nhiều", "bh": "bây giờ", "lm": "làm", "nt": "nhắn tin",
    "đag": "đang", "hjx": "hic", "ib": "inbox", "rùi": "rồi", "zậy": "vậy", "dzậy": "vậy",
    "zui": "vui", "chx": "chưa", "ck": "chồng", "vk": "vợ", "gđ": "gia đình", "sn": "sinh nhật",
    "vde": "vấn đề", "tks": "cảm ơn", "ngta": "người ta",
}  # fmt: skip
"""What young people type."""

_LETTER_NAMES: Final = {"J": "gi", "K": "ca", "R": "rờ"}
"""Initials of names (anh K.) whose small letters are teencode."""

_INITIAL: Final = re.compile(r"\b([JKR])\b(?!['’\d])")
_ROMAN: Final = re.compile(
    r"\b((?:[Tt]hế kỷ|[Cc]hương|[Kk]hóa|[Kk]hoá|[Ll]ần thứ|[Pp]hần|[Qq]uý|[Ll]ớp|[Hh]ạng)\s+)"
    r"([IVXLC]+)\b"
)
_ROMAN_VALUES: Final = {"I": 1, "V": 5, "X": 10, "L": 50, "C": 100}
_EXPANDED: Final = re.compile(
    r"(?<![\w/])(?:"
    + "|".join(sorted(map(re.escape, _ABBREVIATIONS | _TEENCODE), key=len, reverse=True))
    + r")(?![\w/'])\.?"
)
_WARD: Final = re.compile(r"\b([qp])\.\s?(?=\d)")
_SIGNS: Final = {"&": " và ", "+": " cộng ", "=": " bằng "}
_WORD: Final = re.compile(r"[^\W\d_]+")
_PUNCTUATION: Final = re.compile(r"(?:[^\w\s']|_)+|(?<!\w)'|'(?!\w)")


def fold_letters(text: str) -> str:
    """Composed letters; Roman numerals behind the nouns that have them, and initials, in words."""
    text = unicodedata.normalize("NFC", text).translate(_TYPED_LETTERS)
    text = _ROMAN.sub(lambda found: found[1] + str(_read_roman(found[2])), text)
    return _INITIAL.sub(lambda found: _LETTER_NAMES[found[1]], text).lower()


def expand(text: str) -> str:
    """Abbreviations and teencode of a text in small letters, written out."""
    text = _WARD.sub(lambda found: {"q": "quận ", "p": "phường "}[found[1]], text)
    return _EXPANDED.sub(_write_out, text)


def place_tones(text: str) -> str:
    """Every syllable with its tone where the orthography puts it."""
    return _WORD.sub(lambda word: place_tone(word[0]), unicodedata.normalize("NFC", text))


def strip_punctuation(text: str) -> str:
    """Words with single spaces between them; signs that are read, as words."""
    for sign, word in _SIGNS.items():
        text = text.replace(sign, word)
    return " ".join(_PUNCTUATION.sub(" ", text).split())


def _write_out(found: re.Match[str]) -> str:
    known = found[0] if found[0] in _ABBREVIATIONS else found[0].removesuffix(".")
    written = _ABBREVIATIONS.get(known) or _TEENCODE[known]
    return written + ("." if found[0].endswith(".") and known in _TEENCODE else "")


def _read_roman(numeral: str) -> int:
    values = [_ROMAN_VALUES[letter] for letter in numeral]
    followed = [*values[1:], 0]
    return sum(
        -value if value < after else value for value, after in zip(values, followed, strict=True)
    )
