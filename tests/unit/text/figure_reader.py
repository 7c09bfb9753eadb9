"""Reads number words back, independently of the code under test: by the stems of the words."""

from collections.abc import Sequence

UZBEK = {
    "nol": 0, "bir": 1, "bit": 1, "ikki": 2, "uch": 3, "toʻrt": 4, "besh": 5, "olti": 6, "yetti": 7,
    "sakkiz": 8, "toʻqqiz": 9, "oʻn": 10, "yigirma": 20, "oʻttiz": 30, "qirq": 40, "ellik": 50,
    "oltmish": 60, "yetmish": 70, "sakson": 80, "toʻqson": 90, "yuz": 100, "ming": 10**3,
    "million": 10**6, "milliard": 10**9, "minus": -1,
}  # fmt: skip
UZBEK_ENDINGS = ("", "nchi", "inchi", "ta", "ga", "ka", "qa")

_UNITS = ("ноль нол один одн два дв две перв втор трет три треть четыре четыр четверт пять пят "
          "шесть шест семь сем седьм восемь восьм девять девят")  # fmt: skip
_VALUES = (0, 0, 1, 1, 2, 2, 2, 1, 2, 3, 3, 3, 4, 4, 4, 5, 5, 6, 6, 7, 7, 7, 8, 8, 9, 9)
RUSSIAN = dict(zip(_UNITS.split(), _VALUES, strict=True)) | {
    "десят": 10, "одиннадцат": 11, "двенадцат": 12, "тринадцат": 13, "четырнадцат": 14,
    "пятнадцат": 15, "шестнадцат": 16, "семнадцат": 17, "восемнадцат": 18, "девятнадцат": 19,
    "двадцат": 20, "тридцат": 30, "сорок": 40, "пятьдесят": 50, "шестьдесят": 60, "семьдесят": 70,
    "восемьдесят": 80, "пятидесят": 50, "шестидесят": 60, "семидесят": 70, "восьмидесят": 80,
    "сороков": 40, "девяност": 90, "сто": 100, "ста": 100, "сот": 100, "двести": 200,
    "двухсот": 200, "триста": 300, "трехсот": 300, "четыреста": 400, "четырехсот": 400,
    "пятьсот": 500, "пятисот": 500, "шестьсот": 600, "шестисот": 600, "семьсот": 700,
    "семисот": 700, "восемьсот": 800, "восьмисот": 800, "девятьсот": 900, "девятисот": 900,
    "двухтысячн": 2000, "тысяч": 10**3, "миллион": 10**6, "миллиард": 10**9, "минус": -1,
}  # fmt: skip
RUSSIAN_ENDINGS = (
    "", "ь", "и", "а", "у", "е", "ов", "ого", "его", "ому", "ему", "ом", "ем", "ое", "ье", "ий",
    "ый", "ой", "ьего", "ьему", "ьем", "на", "ну", "о",
)  # fmt: skip


def uzbek_words(text: str) -> list[int | None]:
    """The value of each word of a text, None for one that is no number word."""
    return [_value(word, UZBEK, UZBEK_ENDINGS) for word in text.split()]


def russian_words(text: str) -> list[int | None]:
    """The value of each word of a text, None for one that is no number word."""
    return [_value(word, RUSSIAN, RUSSIAN_ENDINGS) for word in text.split()]


def _value(word: str, stems: dict[str, int], endings: Sequence[str]) -> int | None:
    for length in range(len(word), 1, -1):
        if word[:length] in stems and word[length:] in endings:
            return stems[word[:length]]
    return None


def says(values: Sequence[int | None], numbers: Sequence[int]) -> bool:
    """Whether number words, in a row, can be divided into the words of these numbers."""
    values = [value for value in values if value is not None]
    return _divides(values, list(numbers))


def _divides(values: list[int], numbers: list[int]) -> bool:
    if not numbers:
        return not values
    return any(
        _number(values[:end]) == numbers[0] and _divides(values[end:], numbers[1:])
        for end in range(1, len(values) + 1)
    )


def _number(values: list[int]) -> int | None:
    """The number that the values of its words make, None for words out of order."""
    if len(values) == 1 and values[0] <= 0:
        return values[0]
    total, group, ceiling, below = 0, 0, 10**12, 1000
    for value in values:
        if value <= 0:
            return None
        if value >= 1000 and value % 1000 == 0 and value != 2000:
            if value >= ceiling:
                return None
            total, group, ceiling, below = total + (group or 1) * value, 0, value, 1000
        elif value == 100 and 0 < group < 10:
            group, below = 100 * group, 100
        elif value >= below and value != 2000:
            return None
        else:
            group, below = group + value, 10 if value >= 20 or value == 10 else 1
            below = 100 if value >= 100 else below
    return total + group
