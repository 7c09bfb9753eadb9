"""Kazakh figures in words: years, dates, ordinals, money, units, times, telephone numbers."""

import re
from collections.abc import Callable
from typing import Final

from ovoz.text.kk.numbers import LARGEST, cardinal, ordinal

_UNITS: Final = {
    "%": "пайыз", "°c": "градус", "°с": "градус", "°": "градус", "км/сағ": "километр сағатына",
    "км²": "шаршы километр", "км2": "шаршы километр", "км": "километр",
    "м²": "шаршы метр", "м2": "шаршы метр", "м³": "текше метр", "м3": "текше метр",
    "м": "метр", "см": "сантиметр", "мм": "миллиметр", "кг": "килограмм", "г": "грамм",
    "л": "литр", "га": "гектар", "₸": "теңге", "тг": "теңге", "$": "доллар", "€": "еуро",
    "₽": "рубль", "млн": "миллион", "млрд": "миллиард", "трлн": "триллион", "мың": "мың",
}  # fmt: skip
_UNIT: Final = "|".join(sorted(map(re.escape, _UNITS), key=len, reverse=True))
_MONTHS: Final = (
    "қаңтар|ақпан|наурыз|сәуір|мамыр|маусым|шілде|тамыз|қыркүйек|қазан|қараша|желтоқсан"
)
_MONTH_NAMES: Final = _MONTHS.split("|")
_NUMBER: Final = r"\d{1,3}(?:[ \u00a0]\d{3})+(?!\d)|\d+(?:[.,]\d+)?"
_PLACES: Final = {1: "оннан", 2: "жүзден", 3: "мыңнан"}
_ORDINAL_NOUNS: Final = "сынып|кезең|қабат|орын|ғасыр|мектеп|бөлім|том|курс|тарау|бап"

_Spoken = Callable[[re.Match[str]], str]


def spell_figures(text: str) -> str:
    """A text in small letters with its figures in words; idempotent."""
    for pattern, spoken in _RULES:
        text = pattern.sub(spoken, text)
    return text


def spell_number(figures: str) -> str:
    """Words of one number as it is written: 15 000, 2,3 (екі бүтін оннан үш), 007."""
    plain = re.sub(r"[ \u00a0]", "", figures)
    whole, _, decimals = plain.replace(",", ".").partition(".")
    if decimals and len(decimals) in _PLACES:
        return f"{_spell_whole(whole)} бүтін {_PLACES[len(decimals)]} {cardinal(int(decimals))}"
    return " ".join(map(_spell_whole, filter(None, (whole, decimals))))


def _spell_whole(figures: str) -> str:
    if (figures[0] == "0" and len(figures) > 1) or int(figures) > LARGEST:
        return " ".join(cardinal(int(figure)) for figure in figures)
    return cardinal(int(figures))


def _spell_ordinal(match: re.Match[str]) -> str:
    return f" {ordinal(int(match['number']))} "


def _spell_numeric_date(match: re.Match[str]) -> str:
    day, month = int(match["day"]), int(match["month"])
    if not (1 <= day <= 31 and 1 <= month <= 12):
        return match[0]
    name = _MONTH_NAMES[month - 1]
    return f" {ordinal(int(match['year']))} жылғы {ordinal(day)} {name} "


def _spell_time(match: re.Match[str]) -> str:
    hour, minute = int(match["hour"]), int(match["minute"])
    if hour > 23 or minute > 59:
        return match[0]
    return f" {cardinal(hour)} {cardinal(minute) if minute else 'нөл нөл'} "


def _spell_telephone(match: re.Match[str]) -> str:
    """Groups of digits as they are written, a group of zeros digit by digit: +7 701 123 45 67."""
    groups = re.findall(r"\d+", match[0])
    spoken = " ".join(map(_spell_group, groups))
    return f" плюс {spoken} " if match[0].startswith("+") else f" {spoken} "


def _spell_group(group: str) -> str:
    value = int(group)
    zeros = len(group) - len(group.lstrip("0"))
    return " ".join(["нөл"] * zeros + ([cardinal(value)] if value else []))


def _spell_measure(match: re.Match[str]) -> str:
    return f" {spell_number(match['number'])} {_UNITS[match['unit']]} "


def _spell_range(match: re.Match[str]) -> str:
    return f" {spell_number(match['first'])} {match['last']}"


_NOT_WITHIN: Final = r"(?<![\d,.])"
_DASH: Final = "[-\u2011\u2013]"
_HYPHEN: Final = "[-\u2011]"

_RULES: Final[tuple[tuple[re.Pattern[str], _Spoken], ...]] = (
    (
        re.compile(r"(?<![\d+])\+?[78][ -]?\(?\d{3}\)?[ -]?\d{3}[ -]?\d{2}[ -]?\d{2}(?!\d)"),
        _spell_telephone,
    ),
    (
        re.compile(r"(?<![\d.])(?P<day>\d{1,2})\.(?P<month>\d{1,2})\.(?P<year>\d{4})(?![\d.])"),
        _spell_numeric_date,
    ),
    (re.compile(r"(?<![\d:])(?P<hour>\d{1,2}):(?P<minute>\d{2})(?![\d:])"), _spell_time),
    (
        re.compile(rf"{_NOT_WITHIN}(?P<number>\d{{1,4}})\s?{_DASH}\s?(?:[ыі]н)?ш[ыі](?!\w)"),
        _spell_ordinal,
    ),
    (
        re.compile(rf"{_NOT_WITHIN}(?P<number>[12]\d{{3}})\s?{_DASH}?\s?(?=жыл(?!дам|қы)|ж\.)"),
        _spell_ordinal,
    ),
    (
        re.compile(rf"{_NOT_WITHIN}(?P<number>\d{{1,2}})\s?{_DASH}?\s?(?={_MONTHS})"),
        _spell_ordinal,
    ),
    (
        re.compile(rf"{_NOT_WITHIN}(?P<number>\d{{1,4}})\s?{_HYPHEN}\s?(?=[а-яәғқңөұүһі])"),
        _spell_ordinal,
    ),
    (
        re.compile(rf"{_NOT_WITHIN}(?P<number>\d{{1,3}})\s(?=(?:{_ORDINAL_NOUNS})\b)"),
        _spell_ordinal,
    ),
    (
        re.compile(
            rf"{_NOT_WITHIN}(?P<first>{_NUMBER})\s?{_DASH}\s?(?=(?P<last>{_NUMBER}))(?P=last)"
        ),
        _spell_range,
    ),
    (re.compile(rf"(?P<unit>[$€₸₽])\s?(?P<number>{_NUMBER})"), _spell_measure),
    (re.compile(rf"(?P<number>{_NUMBER})\s?(?P<unit>{_UNIT})(?!\w)\.?"), _spell_measure),
    (re.compile(_NUMBER), lambda match: f" {spell_number(match[0])} "),
)
