"""Expands dates, sums of money, abbreviations and Roman numerals.

Numbers that stay in digits (``2026-yil``, ``100 dollar``) are spelled by the next step of
normalization, :mod:`ovoz.text.verbalization`. Russian dates and ordinals decline, and are spelled
here.
"""

import re
from collections.abc import Mapping
from typing import Final

from ovoz.text import numbers_ru
from ovoz.text.number_language import (
    SPACE_BEFORE_SUFFIX,
    NumberLanguage,
    detect_number_language,
)
from ovoz.text.transliteration import to_cyrillic

MONTHS_UZ: Final = (
    "yanvar", "fevral", "mart", "aprel", "may", "iyun", "iyul", "avgust", "sentabr", "oktabr",
    "noyabr", "dekabr",
)  # fmt: skip
MONTHS_RU: Final = (
    "января", "февраля", "марта", "апреля", "мая", "июня", "июля", "августа", "сентября",
    "октября", "ноября", "декабря",
)  # fmt: skip

_DATE: Final = re.compile(
    r"(?<![\d.])(?:(?P<day>\d{1,2})\.(?P<month>\d{1,2})\.(?P<year>\d{4})"
    r"|(?P<iso_year>\d{4})-(?P<iso_month>\d{2})-(?P<iso_day>\d{2}))(?![\d.]*\d)"
)
_DIGIT: Final = re.compile(r"\d")
_SIGNS: Final = {
    "$": ("dollar", ("доллар", "доллара", "долларов")),
    "€": ("yevro", ("евро", "евро", "евро")),
    "£": ("funt", ("фунт", "фунта", "фунтов")),
    "₽": ("rubl", ("рубль", "рубля", "рублей")),
}
_AMOUNT: Final = r"\d{1,3}(?:[ \u00a0\u202f]\d{3})+(?!\d)|\d+(?:[.,]\d+)?"
_MONEY: Final = re.compile(
    rf"(?P<before>[$€£₽])\s?(?P<one>{_AMOUNT})|(?P<two>{_AMOUNT})\s?(?P<after>[$€£₽])"
)
_ROMAN: Final = re.compile(
    r"\b(?P<roman>[IVXLC]+)(?:\s|-)+(?P<noun>asr\w*|yuzyillik\w*|аср\w*|век(?:а|е|у|ом|ов)?)\b"
)
_ROMAN_VALUES: Final = {"I": 1, "V": 5, "X": 10, "L": 50, "C": 100}
_CASE_OF_CENTURY: Final = {"век": "n", "века": "g", "веку": "d", "веком": "i", "веке": "p"}
_RUSSIAN_ORDINAL: Final = re.compile(r"(?<!\d)(?P<number>\d{1,4})-(?P<ending>й|я|е|го|му|м|ю|х)\b")
_ENDINGS: Final = {
    "й": ("n", "m"), "я": ("n", "f"), "е": ("n", "n"), "го": ("g", "m"), "му": ("d", "m"),
    "м": ("p", "m"), "ю": ("a", "f"), "х": ("g", "p"),
}  # fmt: skip

ABBREVIATIONS: Final[Mapping[str, str]] = {
    "т.е.": "то есть",
    "т. е.": "то есть",
    "и т.д.": "и так далее",
    "и т. д.": "и так далее",
    "и т.п.": "и тому подобное",
    "ул.": "улица",
    "тел.": "телефон",
    "va h.k.": "va hokazo",
    "va h. k.": "va hokazo",
    "v.b.": "va boshqalar",
    "va b.": "va boshqalar",
    "mln.": "million",
    "mln": "million",
    "mlrd.": "milliard",
    "mlrd": "milliard",
    "koʻch.": "koʻchasi",
}
"""Abbreviations with only one expansion."""

_UNITS: Final = {
    "тыс": ("ming", ("тысяча", "тысячи", "тысяч")),
    "млн": ("million", ("миллион", "миллиона", "миллионов")),
    "млрд": ("milliard", ("миллиард", "миллиарда", "миллиардов")),
    "руб": ("rubl", ("рубль", "рубля", "рублей")),
}
_ABBREVIATION: Final = re.compile(
    r"(?<!\w)(?:"
    + "|".join(sorted(map(re.escape, ABBREVIATIONS), key=len, reverse=True))
    + r")(?!\w)",
    re.IGNORECASE,
)
_AFTER_NUMBER: Final = re.compile(r"(?P<number>\d+)\s?(?P<unit>тыс|млн|млрд|руб)\b\.?")
_ROUBLES: Final = re.compile(r"(?<=[а-я] )руб\.")
"""Roubles after a number word: 5 тыс. руб."""


def expand(text: str) -> str:
    """Replace signs and abbreviations by the words they stand for; idempotent."""
    text = _ABBREVIATION.sub(lambda match: ABBREVIATIONS[match[0].lower()], text)
    text = _ROMAN.sub(_expand_century, text)
    if not _DIGIT.search(text):
        return text
    text = _DATE.sub(_expand_date, SPACE_BEFORE_SUFFIX.sub("", text))
    text = _MONEY.sub(_expand_money, text)
    text = _AFTER_NUMBER.sub(_expand_unit, text)
    text = _ROUBLES.sub("рублей", text)
    return _RUSSIAN_ORDINAL.sub(_expand_ordinal, text)


def _expand_date(match: re.Match[str]) -> str:
    language = detect_number_language(match)
    day = int(match["day"] or match["iso_day"])
    month = int(match["month"] or match["iso_month"])
    year = int(match["year"] or match["iso_year"])
    if not (1 <= day <= 31 and 1 <= month <= 12):
        return match[0]
    if language is NumberLanguage.RUSSIAN:
        of_year = numbers_ru.ordinal(year, "g")
        return f"{numbers_ru.ordinal(day, 'n', 'n')} {MONTHS_RU[month - 1]} {of_year} года"
    return _to_script(f"{year}-yil {day}-{MONTHS_UZ[month - 1]}", language)


def _expand_money(match: re.Match[str]) -> str:
    language = detect_number_language(match)
    uzbek, russian = _SIGNS[match["before"] or match["after"]]
    amount = match["one"] or match["two"]
    if language is not NumberLanguage.RUSSIAN:
        return f"{amount} {_to_script(uzbek, language)}"
    if "," in amount or "." in amount:
        return f"{amount} {russian[1]}"
    return f"{amount} {numbers_ru.plural(int(re.sub(r'[^0-9]', '', amount)), *russian)}"


def _expand_unit(match: re.Match[str]) -> str:
    language = detect_number_language(match)
    uzbek, russian = _UNITS[match["unit"]]
    if language is NumberLanguage.RUSSIAN:
        return f"{match['number']} {numbers_ru.plural(int(match['number']), *russian)}"
    return f"{match['number']} {_to_script(uzbek, language)}"


def _expand_century(match: re.Match[str]) -> str:
    language = detect_number_language(match)
    number, noun = _parse_roman(match["roman"]), match["noun"]
    if language is NumberLanguage.RUSSIAN and noun in _CASE_OF_CENTURY:
        return f"{numbers_ru.ordinal(number, _CASE_OF_CENTURY[noun])} {noun}"
    return f"{number}-{noun}"


def _parse_roman(numeral: str) -> int:
    values = [_ROMAN_VALUES[letter] for letter in numeral]
    following = [*values[1:], 0]
    return sum(
        -value if value < then else value for value, then in zip(values, following, strict=True)
    )


def _expand_ordinal(match: re.Match[str]) -> str:
    return numbers_ru.ordinal(int(match["number"]), *_ENDINGS[match["ending"]])


def _to_script(uzbek: str, language: NumberLanguage) -> str:
    return to_cyrillic(uzbek) if language is NumberLanguage.UZBEK_CYRILLIC else uzbek
