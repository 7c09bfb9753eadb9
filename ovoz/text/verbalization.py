"""Spells numbers, ordinals, percentages, times and decimal fractions in words.

A number is spelled in the language of the word it counts (:mod:`ovoz.text.number_language`). Number
words in Uzbek text in Cyrillic letters are Cyrillic, so that the text keeps one script.
"""

import re
from collections.abc import Callable
from typing import Final

from ovoz.text import numbers_ru, numbers_uz
from ovoz.text.number_language import (
    SPACE_BEFORE_SUFFIX,
    NumberLanguage,
    detect_number_language,
)
from ovoz.text.transliteration import to_cyrillic

_DIGIT: Final = re.compile(r"\d")
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
    """Spell the numbers of a text in words."""
    if not _DIGIT.search(text):
        return text
    text = _PHONE.sub(_split_phone_number, text)
    return _TOKEN.sub(_spell, SPACE_BEFORE_SUFFIX.sub("", _SPACED.sub("", text)))


def _spell(match: re.Match[str]) -> str:
    language = detect_number_language(match)
    if language is NumberLanguage.RUSSIAN:
        return _spell_russian(match)
    words = _spell_uzbek(match)
    return to_cyrillic(words) if language is NumberLanguage.UZBEK_CYRILLIC else words


def _split_phone_number(match: re.Match[str]) -> str:
    """Split a telephone number into groups, each read as one number, separated by commas."""
    unspaced = _UNSPACED.fullmatch(match[0])
    return ", ".join(unspaced.groups() if unspaced else re.findall(r"\d+", match[0]))


def _separate(match: re.Match[str], words: str) -> str:
    """Put a space before the words of a number that follows a letter."""
    return f" {words}" if match["before"] is not None else words


def _spell_uzbek(match: re.Match[str]) -> str:
    whole = match["whole"]
    if len(whole) > _LONGEST:
        words = numbers_uz.digits(whole)
    elif match["fraction"]:
        words = numbers_uz.decimal(int(whole), match["fraction"])
    elif match["ordinal"]:
        return _separate(match, f"{numbers_uz.ordinal(int(whole))} ")
    else:
        words = numbers_uz.cardinal(int(whole))
    if match["minutes"]:
        words += f" {_spell_minutes(match['minutes'], numbers_uz.cardinal)}"
    return _separate(match, f"{words} foiz" if match["percent"] else words)


def _spell_russian(match: re.Match[str]) -> str:
    whole = match["whole"]
    if len(whole) > _LONGEST:
        words = numbers_ru.digits(whole)
    elif match["fraction"]:
        words = numbers_ru.decimal(int(whole), match["fraction"])
    else:
        words = numbers_ru.cardinal(int(whole))
    if match["minutes"]:
        words += f" {_spell_minutes(match['minutes'], numbers_ru.cardinal)}"
    if match["percent"]:
        words += f" {_decline_percent(match)}"
    return _separate(match, words + (" " if match["ordinal"] else ""))


def _decline_percent(match: re.Match[str]) -> str:
    if match["fraction"]:
        return "процента"
    return numbers_ru.plural(int(match["whole"]), "процент", "процента", "процентов")


def _spell_minutes(minutes: str, cardinal: Callable[[int], str]) -> str:
    zero = cardinal(0)
    if minutes == "00":
        return f"{zero} {zero}"
    words = cardinal(int(minutes))
    return f"{zero} {words}" if minutes[0] == "0" else words
