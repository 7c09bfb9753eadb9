"""Numbers, ordinals, percent, times and decimal fractions in words.

The language of the words is that of the text: Uzbek where it holds an Uzbek letter or word in
Latin letters, Russian where it is in Cyrillic letters alone. Number words of Uzbek text in
Cyrillic letters are Cyrillic, so that the writer's script stays one.
"""

import re
from collections.abc import Callable
from typing import Final

from ovoz.text import numbers_ru, numbers_uz
from ovoz.text.script import Spoken, spoken_in
from ovoz.text.transliteration import to_cyrillic

_LONGEST: Final = 15
_SPACED: Final = re.compile(r"(?<=\d)[ \u00a0\u202f](?=\d{3}(?:\D|$))")
_TOKEN: Final = re.compile(
    r"(?P<before>(?<=[^\W\d_]))?(?P<whole>\d+)"
    r"(?:[.,](?P<fraction>\d+)(?![\d.,]*\d)|:(?P<minutes>[0-5]\d)(?!\d))?"
    r"(?:(?P<ordinal>-(?=[^\W\d_]{2}))|(?P<percent>\s?%))?"
)
_PHONE: Final = re.compile(r"\+\d{1,3}(?:[\s()-]*\d{2,3}){3,5}(?!\d)")


def verbalize(text: str) -> str:
    """Text with its figures in words; without figures it is returned as it is."""
    if not any(letter.isdecimal() for letter in text):
        return text
    text = _PHONE.sub(_phone_groups, text)
    text = _SPACED.sub("", text)
    spoken = spoken_in(text)
    if spoken is Spoken.RUSSIAN:
        return _TOKEN.sub(_russian, text)
    if spoken is Spoken.UZBEK_CYRILLIC:
        return _TOKEN.sub(lambda match: to_cyrillic(_uzbek(match)), text)
    return _TOKEN.sub(_uzbek, text)


def _phone_groups(match: re.Match[str]) -> str:
    """Groups of a telephone number, each to be read as one number; a comma holds them apart."""
    return ", ".join(re.findall(r"\d+", match[0]))


def _apart(match: re.Match[str], words: str) -> str:
    return f" {words}" if match["before"] is not None else words


def _uzbek(match: re.Match[str]) -> str:
    whole = match["whole"]
    if len(whole) > _LONGEST:
        words = numbers_uz.digits(whole)
    elif match["fraction"]:
        words = numbers_uz.decimal(int(whole), match["fraction"])
    elif match["ordinal"]:
        return _apart(match, f"{numbers_uz.ordinal(int(whole))} ")
    else:
        words = numbers_uz.cardinal(int(whole))
    if match["minutes"]:
        words += f" {_clock(match['minutes'], numbers_uz.cardinal)}"
    return _apart(match, f"{words} foiz" if match["percent"] else words)


def _russian(match: re.Match[str]) -> str:
    whole = match["whole"]
    if len(whole) > _LONGEST:
        words = numbers_ru.digits(whole)
    elif match["fraction"]:
        words = numbers_ru.decimal(int(whole), match["fraction"])
    else:
        words = numbers_ru.cardinal(int(whole))
    if match["minutes"]:
        words += f" {_clock(match['minutes'], numbers_ru.cardinal)}"
    if match["percent"]:
        words += f" {_percent(match)}"
    return _apart(match, words + (" " if match["ordinal"] else ""))


def _percent(match: re.Match[str]) -> str:
    if match["fraction"]:
        return "процента"
    return numbers_ru.plural(int(match["whole"]), "процент", "процента", "процентов")


def _clock(minutes: str, cardinal: Callable[[int], str]) -> str:
    zero = cardinal(0)
    if minutes == "00":
        return f"{zero} {zero}"
    words = cardinal(int(minutes))
    return f"{zero} {words}" if minutes[0] == "0" else words
