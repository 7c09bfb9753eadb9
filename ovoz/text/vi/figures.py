"""Vietnamese figures in words: dates, times, money, units, telephone numbers, decimals, ranges."""

import re
from collections.abc import Callable
from typing import Final

from ovoz.text.vi.numbers import LARGEST, cardinal, digits

_UNITS: Final = {
    "%": "phần trăm", "‰": "phần nghìn", "°c": "độ c", "oc": "độ c", "°": "độ",
    "km/h": "ki lô mét trên giờ", "m/s": "mét trên giây", "km2": "ki lô mét vuông",
    "km²": "ki lô mét vuông", "m2": "mét vuông", "m²": "mét vuông", "m3": "mét khối",
    "m³": "mét khối", "cm2": "xen ti mét vuông", "cm²": "xen ti mét vuông",
    "km": "ki lô mét", "cm": "xen ti mét", "mm": "mi li mét", "m": "mét",
    "kg": "ki lô gam", "mg": "mi li gam", "g": "gam", "ml": "mi li lít", "l": "lít",
    "ha": "héc ta", "kwh": "ki lô oát giờ", "kw": "ki lô oát", "mw": "mê ga oát", "w": "oát",
    "gb": "ghi ga bai", "mb": "mê ga bai", "mhz": "mê ga héc",
    "đ": "đồng", "vnđ": "đồng", "vnd": "đồng", "₫": "đồng", "usd": "đô la mỹ", "$": "đô la",
    "us$": "đô la mỹ", "eur": "ơ rô", "€": "ơ rô", "£": "bảng anh",
    "k": "nghìn", "tr": "triệu", "h": "giờ", "s": "giây",
}  # fmt: skip
"""Units behind a number. A lone k, h or m is one only there."""

_UNIT: Final = "|".join(sorted(map(re.escape, _UNITS), key=len, reverse=True))
_NUMBER: Final = r"\d{1,3}(?:\.\d{3})+(?:,\d+)?|\d{1,3}(?:,\d{3}){2,}|\d+(?:[.,]\d+)?"
_EDGE: Final = r"(?![\w°%])"
_DAYTIME: Final = "ngày|sáng|trưa|chiều|tối|đêm|hôm|khuya|mùng|mồng|rằm"
_WEEKDAYS: Final = {"1": "nhất", "4": "tư"}

_Spoken = Callable[[re.Match[str]], str]


def spell_figures(text: str) -> str:
    """A text in small letters with its figures in words; idempotent."""
    for pattern, spoken in _RULES:
        text = pattern.sub(spoken, text)
    return text


def spell_number(figures: str) -> str:
    """Words of one number as it is written: 1.250.000, 3,14, 007."""
    if re.fullmatch(r"\d{1,3}(\.\d{3})+(,\d+)?", figures):
        whole, _, decimals = figures.partition(",")
        return _with_decimals(whole.replace(".", ""), decimals, "phẩy")
    if re.fullmatch(r"\d{1,3}(,\d{3}){2,}", figures):
        return _spell_whole(figures.replace(",", ""))
    for sign, word in ((",", "phẩy"), (".", "chấm")):
        if sign in figures:
            whole, _, decimals = figures.partition(sign)
            return _with_decimals(whole, decimals, word)
    return _spell_whole(figures)


def _spell_whole(figures: str) -> str:
    if (figures[0] == "0" and len(figures) > 1) or int(figures) > LARGEST:
        return digits(figures)
    return cardinal(int(figures))


def _with_decimals(whole: str, decimals: str, point: str) -> str:
    if not decimals:
        return _spell_whole(whole)
    read = _spell_whole(decimals) if len(decimals) <= 2 else digits(decimals)
    return f"{_spell_whole(whole)} {point} {read}"


def _spell_telephone(match: re.Match[str]) -> str:
    spoken = digits(re.sub(r"\D", "", match[0]))
    return f" cộng {spoken} " if match[0].startswith("+") else f" {spoken} "


def _spell_date(match: re.Match[str]) -> str:
    day, month, year = int(match["day"]), int(match["month"]), match["year"]
    if not (1 <= day <= 31 and 1 <= month <= 12):
        return match[0]
    said = (match["before"] or "").strip()
    ahead = said if said in {"ngày", "mùng", "mồng", "rằm"} else f"{said} ngày"
    spoken = f" {ahead} {cardinal(day)} tháng {_spell_month(month)} "
    return f"{spoken}năm {cardinal(int(year))} " if year else spoken


def _spell_month(month: int) -> str:
    return "tư" if month == 4 else cardinal(month)


def _spell_month_of_year(match: re.Match[str]) -> str:
    month = int(match["month"])
    if not 1 <= month <= 12:
        return match[0]
    return f" tháng {_spell_month(month)} năm {cardinal(int(match['year']))} "


def _spell_time(match: re.Match[str]) -> str:
    hour, minute = int(match["hour"]), int(match["minute"])
    if hour > 24 or minute > 59:
        return match[0]
    spoken = f" {cardinal(hour)} giờ "
    return f"{spoken}{cardinal(minute)} phút " if minute else spoken


def _spell_range(match: re.Match[str]) -> str:
    first, last = match["first"], match["last"]
    between = " đến " if _value(first) < _value(last) else " "
    return f" {spell_number(first)}{between}{last}"


def _value(figures: str) -> float:
    plain = re.sub(r"\.(?=\d{3}(?!\d))", "", figures).replace(",", ".")
    return float(plain) if plain.count(".") <= 1 else float(plain.replace(".", ""))


def _spell_fraction(match: re.Match[str]) -> str:
    above, below = int(match["above"]), int(match["below"])
    by = "phần" if 0 < above < below <= 100 else "trên"
    of = "tư" if (by, below) == ("phần", 4) else cardinal(below)
    return f" {cardinal(above)} {by} {of} "


def _spell_ordinal(match: re.Match[str]) -> str:
    return f"{match['noun']} {_WEEKDAYS.get(match['number']) or cardinal(int(match['number']))} "


def _spell_measure(match: re.Match[str]) -> str:
    return f" {spell_number(match['number'])} {_UNITS[match['unit']]} "


def _spell_price(match: re.Match[str]) -> str:
    scale = f" {match['scale']}" if match["scale"] else ""
    return f" {spell_number(match['number'])}{scale} {_UNITS[match['sign']]} "


_RULES: Final[tuple[tuple[re.Pattern[str], _Spoken], ...]] = (
    (re.compile(r"(?<![\d.,])(?:\+84|0)(?:[ .-]?\d){8,10}(?![\d.,]\d|\d)"), _spell_telephone),
    (
        re.compile(
            r"(?:\b(?P<before>ngày|mùng|mồng|rằm)\s+)?(?<![\d/.-])(?P<day>\d{1,2})\s?"
            r"(?P<sign>[-/.])\s?(?P<month>\d{1,2})\s?(?P=sign)\s?(?P<year>\d{4})(?![\d/])"
        ),
        _spell_date,
    ),
    (
        re.compile(
            rf"\b(?P<before>{_DAYTIME})\s+(?P<day>\d{{1,2}})\s?[-/]\s?(?P<month>\d{{1,2}})"
            r"(?P<year>)(?![\d/]|\s?[-/]\s?\d)"
        ),
        _spell_date,
    ),
    (
        re.compile(r"(?:\btháng\s+)?(?<![\d/])(?P<month>\d{1,2})\s?[-/]\s?(?P<year>[12]\d{3})(?!\d)"),
        _spell_month_of_year,
    ),
    (
        re.compile(r"(?<![\d.,:])(?P<hour>\d{1,2})\s?(?:h|:|giờ\s)\s?(?P<minute>\d{2})(?:\s?phút|(?![\d:]))"),
        _spell_time,
    ),
    (
        re.compile(rf"(?<![\d.,])(?P<first>{_NUMBER})\s?[-–]\s?(?=(?P<last>{_NUMBER})(?![\d]|\s?[-–/]\s?\d))(?P=last)"),
        _spell_range,
    ),
    (
        re.compile(
            rf"(?P<sign>us\$|[$€£])\s?(?P<number>{_NUMBER})(?:\s(?P<scale>triệu|tỷ|tỉ|nghìn))?"
        ),
        _spell_price,
    ),
    (re.compile(r"\b(?P<noun>lần thứ|thứ|tháng)\s(?P<number>\d{1,2})\b"), _spell_ordinal),
    (re.compile(rf"(?P<number>{_NUMBER})\s?(?P<unit>{_UNIT}){_EDGE}"), _spell_measure),
    (
        re.compile(r"(?<![\d/])(?P<above>\d{1,3})\s?/\s?(?P<below>\d{1,3})(?![\d/])"),
        _spell_fraction,
    ),
    (re.compile(_NUMBER), lambda match: f" {spell_number(match[0])} "),
)  # fmt: skip
