"""Numbers, ordinals, percent, times and decimal fractions in words.

A figure is read in the language of the word it counts (:mod:`ovoz.text.reading`). Number words of
Uzbek text in Cyrillic letters are Cyrillic, so that the writer's script stays one.
"""

import re
from collections.abc import Callable
from typing import Final

from ovoz.text import numbers_ru, numbers_uz
from ovoz.text.reading import SUFFIX_APART, Spoken, spoken_at
from ovoz.text.transliteration import to_cyrillic

_FIGURE: Final = re.compile(r"\d")
_LONGEST: Final = 15
_SPACED: Final = re.compile(r"(?<=\d)[ \u00a0\u202f](?=\d{3}(?:\D|$))")
_TOKEN: Final = re.compile(
    r"(?P<before>(?<=[^\W\d_]))?(?P<whole>\d+)"
    r"(?:[.,](?P<fraction>\d+)(?![\d.,]*\d)|:(?P<minutes>[0-5]\d)(?!\d))?"
    r"(?:(?P<ordinal>-(?=[^\W\d_]{2}))|(?P<percent>\s?%))?"
)
_PHONE: Final = re.compile(r"\+\d{1,3}(?:[\s()-]*\d{2,3}){3,5}(?!\d)")
_UNSPACED: Final = re.compile(r"\+(998|\d{1,3}?)(\d{2,3})(\d{3})(\d{2})(\d{2})")


def verbalize(text: str) -> str:
    """Text with its figures in words; without figures it is returned as it is."""
    if not _FIGURE.search(text):
        return text
    text = _PHONE.sub(_phone_groups, text)
    return _TOKEN.sub(_read, SUFFIX_APART.sub("", _SPACED.sub("", text)))


def _read(match: re.Match[str]) -> str:
    spoken = spoken_at(match)
    if spoken is Spoken.RUSSIAN:
        return _russian(match)
    words = _uzbek(match)
    return to_cyrillic(words) if spoken is Spoken.UZBEK_CYRILLIC else words


def _phone_groups(match: re.Match[str]) -> str:
    """Groups of a telephone number, each to be read as one number; a comma holds them apart."""
    unspaced = _UNSPACED.fullmatch(match[0])
    return ", ".join(unspaced.groups() if unspaced else re.findall(r"\d+", match[0]))


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
