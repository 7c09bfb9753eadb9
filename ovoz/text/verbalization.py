"""Spells the figures of a text in words, in one pass over its digits, signs and Roman numerals.

A number is spelled in the language of the word it counts (:mod:`ovoz.text.number_language`). Number
words in Uzbek text in Cyrillic letters are Cyrillic, so that the text keeps one script.

Own code: uztextnorm 0.6.0 (MIT), the only other one for both languages, takes a whole text as of
one language, so that a mixed sentence is wrong in half; it stops at ``1.500.000 so'm``, spells 8 of
the 24 figures of our cases as we do, and reads 0.5 MB/s. What its page promises is tested.
"""

import re
from collections.abc import Callable
from typing import Final

from ovoz.text import numbers_uz
from ovoz.text.figures import dates, ordinals, quantities, roman, telephones
from ovoz.text.number_language import UZBEK_SUFFIXES, NumberLanguage, detect_number_language
from ovoz.text.transliteration import to_cyrillic, to_latin

Speller = Callable[[re.Match[str], NumberLanguage], str | None]

_START: Final = re.compile(
    r"(?<!\w)[-−–+](?=[$€£₽]?\d)|[$€£₽](?=[ \u00a0]?[-−–+]?\d)|\((?=\d)|(?<!\d)\d|№"
    r"|(?<![^\W_])[IVXLCMХІСМ]"
)
_SUFFIX: Final = re.compile(
    rf"[ \u00a0\u202f]?({'|'.join(sorted(UZBEK_SUFFIXES, key=len, reverse=True))})(?![^\W_])"
)
_FIGURE: Final = re.compile(
    r"[\d№IVXLCMХІСМ](?:(?<=[\d№])|(?<![^\W_].)[IVXLCMХІСМ]{0,8}(?:[\s-]|$))"
)

FIGURES: Final[tuple[tuple[re.Pattern[str], Speller], ...]] = (
    (telephones.TELEPHONE, telephones.spell_telephone),
    (telephones.NAMED_TELEPHONE, telephones.spell_named_telephone),
    (dates.NUMERIC_DATE, dates.spell_numeric_date),
    (dates.RUSSIAN_DATE, dates.spell_russian_date),
    (dates.UZBEK_YEAR, dates.spell_uzbek_year),
    (dates.RUSSIAN_YEAR, dates.spell_russian_year),
    (dates.BARE_YEAR, dates.spell_bare_year),
    (dates.UZBEK_DATE, dates.spell_uzbek_date),
    (quantities.TIME, quantities.spell_time),
    (quantities.FRACTION, quantities.spell_fraction),
    (quantities.MONEY, quantities.spell_money),
    (quantities.MONEY_BEHIND, quantities.spell_money),
    (quantities.SUM, quantities.spell_sum),
    (quantities.TEMPERATURE, quantities.spell_temperature),
    (quantities.PERCENTAGE, quantities.spell_percentage),
    (quantities.MEASURE, quantities.spell_measure),
    (ordinals.RUSSIAN_COMPOUND, ordinals.spell_russian_compound),
    (ordinals.RUSSIAN_ORDINAL, ordinals.spell_russian_ordinal),
    (ordinals.RUSSIAN_OF_CARDINAL, ordinals.spell_russian_of_cardinal),
    (ordinals.NUMBERED, ordinals.spell_numbered),
    (ordinals.UZBEK_ORDINAL, ordinals.spell_uzbek_ordinal),
    (quantities.PLAIN, quantities.spell_plain),
)
"""Kinds of figures, the more special ones first."""

ROMAN: Final[tuple[tuple[re.Pattern[str], Speller], ...]] = (
    (roman.ROMAN, roman.spell_roman),
    (roman.AFTER_NAME, roman.spell_after_name),
    (roman.ALONE, roman.spell_alone),
)


def verbalize(text: str) -> str:
    """Spell the figures of a text in words."""
    if not _FIGURE.search(text):
        return text
    pieces: list[str] = []
    end = 0
    while start := _START.search(text, end):
        found = _spell(text, start)
        stop, words = found or (start.end(), start[0])
        pieces += [text[end : start.start()], words]
        end = stop
    return "".join([*pieces, text[end:]])


def _spell(text: str, start: re.Match[str]) -> tuple[int, str] | None:
    """Where the figure that starts here ends, and its words."""
    if start[0] == "№":
        return start.end(), _spell_number_sign(start)
    kinds = ROMAN if start[0].isalpha() else FIGURES
    for pattern, spell in kinds:
        match = pattern.match(text, start.start())
        if match is None:
            continue
        language = detect_number_language(match, _end_of_digits(match))
        words = spell(match, language)
        if words is not None:
            return _join_suffix(text, match, words, language)
    return None


def _join_suffix(
    text: str, match: re.Match[str], words: str, language: NumberLanguage
) -> tuple[int, str]:
    """Add the Uzbek suffix behind a figure (5 ta, 50 % ga), or spaces towards letters (5G)."""
    suffix = None if language is NumberLanguage.RUSSIAN else _SUFFIX.match(text, match.end())
    end = match.end()
    if suffix:
        cyrillic = suffix[1][0] >= "Ѐ"
        joined = numbers_uz.join_suffix(words, to_latin(suffix[1]))
        words, end = to_cyrillic(joined) if cyrillic else joined, suffix.end()
    before = " " if match.start() and text[match.start() - 1].isalnum() else ""
    after = " " if end < len(text) and text[end].isalnum() and not words.endswith(" ") else ""
    return end, f"{before}{words}{after}"


def _end_of_digits(match: re.Match[str]) -> int | None:
    return match.end("number") if "number" in match.re.groupindex else None


def _spell_number_sign(match: re.Match[str]) -> str:
    language = detect_number_language(match)
    if language is NumberLanguage.RUSSIAN:
        return "номер "
    return "рақам " if language is NumberLanguage.UZBEK_CYRILLIC else "raqam "
