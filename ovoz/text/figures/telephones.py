"""Telephone numbers, read in the groups in which people write them."""

import re
from typing import Final

from ovoz.text import numbers_ru, numbers_uz
from ovoz.text.figures.grammar_ru import word_before
from ovoz.text.number_language import NumberLanguage

_GAP: Final = r"[ \u00a0\u202f-]?"
_GROUPS: Final = rf"\(?\d{{2,3}}\)?{_GAP}\d{{3}}[ \u00a0\u202f-]\d{{2}}[ \u00a0\u202f-]\d{{2}}"
TELEPHONE: Final = re.compile(
    rf"(?<![\d.,])(?:\+(?:\d{{1,3}}(?:[\s()-]{{0,3}}\d{{2,4}}){{3,5}}|\d{{11,14}})"
    rf"|(?:\+?\d{{1,3}}{_GAP})?{_GROUPS}"
    rf"|\d{{3}}-\d{{2}}-\d{{2}}"
    rf"|998\d{{9}}|8{_GAP}(?:\(\d{{3,4}}\)|\d{{3}}){_GAP}\d{{3}}{_GAP}\d{{2}}{_GAP}\d{{2}})"
    r"(?![.,]?\d|[-/]\d)"
)
NAMED_TELEPHONE: Final = re.compile(r"(?<![\d.,+])\d{9}(?![.,]?\d)")
"""A run of nine digits, which is a telephone number behind a word that says so."""

_NAMES: Final = ("tel", "тел", "raqam", "рақам", "номер", "nomer")
_UNSPACED: Final = re.compile(r"(998|\d{0,3}?)(\d{2,3})(\d{3})(\d{2})(\d{2})")
_DIGITS: Final = re.compile(r"\d+")


def split_telephone(written: str) -> list[str]:
    """The groups of a telephone number; one written in a run is split as its country does."""
    groups: list[str] = _DIGITS.findall(written)
    unspaced = _UNSPACED.fullmatch(groups[0]) if len(groups) == 1 else None
    return [group for group in unspaced.groups() if group] if unspaced else groups


def spell_telephone(match: re.Match[str], language: NumberLanguage) -> str | None:
    """Words of a telephone number, each group read as one number, noughts before it too.

    Eleven digits in a run may be any number, unless the word before names a telephone.
    """
    if match[0].isdecimal() and len(match[0]) == 11 and not word_before(match).startswith(_NAMES):
        return None
    return " ".join(_spell_group(group, language) for group in split_telephone(match[0]))


def spell_named_telephone(match: re.Match[str], language: NumberLanguage) -> str | None:
    """Telefon 901234567."""
    if not word_before(match).startswith(_NAMES):
        return None
    return spell_telephone(match, language)


def _spell_group(group: str, language: NumberLanguage) -> str:
    number = group.lstrip("0")
    noughts = ["ноль" if language is NumberLanguage.RUSSIAN else numbers_uz.ZERO] * (
        len(group) - len(number)
    )
    if not number:
        return " ".join(noughts)
    if language is NumberLanguage.RUSSIAN:
        return " ".join([*noughts, numbers_ru.cardinal(int(number))])
    return " ".join([*noughts, numbers_uz.exact(int(number))])
