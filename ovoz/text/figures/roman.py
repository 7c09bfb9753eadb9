"""Roman numerals, which number a noun: XXI asr, II jahon urushi, в XIX веке, Пётр I."""

import re
from typing import Final

from ovoz.text import numbers_ru, numbers_uz
from ovoz.text.figures.grammar_ru import NUMBERED_NOUNS, Form, agree, ordinal_case, word_before
from ovoz.text.number_language import NumberLanguage
from ovoz.text.transliteration import to_cyrillic

_LOOK_ALIKES: Final = str.maketrans("ХІСМ", "XICM")
_VALUES: Final = {"I": 1, "V": 5, "X": 10, "L": 50, "C": 100, "D": 500, "M": 1000}
_NUMERAL: Final = "[IVXLCMХІСМ]{1,9}"
_NOUNS_UZ: Final = (
    "asr|yuzyillik|chorak|bosqich|tom|qism|bob|guruh|sinf|kurs|jahon|daraja|toifa|jild|boʻlim|"
    "chaqiriq|tur|mavsum|"
    "аср|юзйиллик|чорак|босқич|том|қисм|боб|гуруҳ|синф|курс|жаҳон|даража|тоифа|жилд|бўлим|чақириқ"
)
ROMAN: Final = re.compile(
    rf"(?<![^\W_])(?:(?P<first>{_NUMERAL})\s?[-–—]\s?)?(?P<roman>{_NUMERAL})"
    rf"(?:\s?-\s?|\s+)(?P<noun>вв?\.|[^\W\d_]{{2,20}})"
)
AFTER_NAME: Final = re.compile(r"(?<=[^\W\d_]\s)(?P<roman>[IVX]{1,5})(?![^\W_])")
ALONE: Final = re.compile(r"(?<!.)(?P<roman>[IVX]{1,6})(?!.)", re.DOTALL)
"""A text that is a numeral: the heading of a chapter."""

_LISTED: Final = re.compile(rf"(?:{_NOUNS_UZ}|{NUMBERED_NOUNS})")
_LARGEST_LETTER: Final = 10
"""Larger letters are words when they stand alone: С годами."""

_NAME: Final = re.compile(r"[A-ZА-ЯЎҚҒҲ][^\W\d_]{3,30}\s$")


def read_roman(numeral: str) -> int:
    """The value of a Roman numeral with Latin or Cyrillic letters; 0 if it is none."""
    values = [_VALUES.get(letter, 0) for letter in numeral.translate(_LOOK_ALIKES)]
    following = [*values[1:], 0]
    number = sum(
        -value if value < then else value for value, then in zip(values, following, strict=True)
    )
    return number if write_roman(number) == numeral.translate(_LOOK_ALIKES) else 0


def write_roman(number: int) -> str:
    """A number below 4000 as a Roman numeral."""
    written = ""
    for value, letters in (
        (1000, "M"), (900, "CM"), (500, "D"), (400, "CD"), (100, "C"), (90, "XC"), (50, "L"),
        (40, "XL"), (10, "X"), (9, "IX"), (5, "V"), (4, "IV"), (1, "I"),
    ):  # fmt: skip
        while number >= value:
            written, number = written + letters, number - value
    return written


def spell_roman(match: re.Match[str], language: NumberLanguage) -> str | None:
    """A numeral before a noun. One letter needs a listed noun, for V and C are letters too."""
    noun, number = match["noun"], read_roman(match["roman"])
    first = read_roman(match["first"]) if match["first"] else 0
    if not number or (match["first"] and not first):
        return None
    listed = _LISTED.match(noun.lower())
    if len(match["roman"]) == 1 and number > _LARGEST_LETTER:
        return None
    sure = set(match["roman"]) <= set("IVX") and len(match["roman"]) > 1 and noun[1:].islower()
    if noun.rstrip(".") in ("в", "вв"):
        return _spell_centuries(match, first, number)
    if not listed and not sure:
        return None
    if language is NumberLanguage.RUSSIAN:
        form = agree(noun.lower(), word_before(match)) or Form()
        if first:
            form = Form(form.case, "m" if form.gender == "p" else form.gender)
        words = [numbers_ru.ordinal(value, *form) for value in (first, number) if value]
        return " ".join([*words, noun])
    words = [numbers_uz.ordinal(value) for value in (first, number) if value]
    spelled = " ".join(words)
    return f"{to_cyrillic(spelled) if noun[0] >= 'Ѐ' else spelled} {noun}"


def _spell_centuries(match: re.Match[str], first: int, number: int) -> str | None:
    if not match["noun"].endswith("."):
        return None
    case = ordinal_case(word_before(match), locative=True)
    nouns = (
        {"g": "веков", "d": "векам", "p": "веках"}
        if first
        else {"g": "века", "d": "веку", "p": "веке"}
    )
    words = [numbers_ru.ordinal(value, case) for value in (first, number) if value]
    return " ".join([*words, nouns.get(case, "века" if first else "век")])


def spell_after_name(match: re.Match[str], language: NumberLanguage) -> str | None:
    """Пётр I, Elizaveta II: a numeral behind a name."""
    number = read_roman(match["roman"])
    if not number or not _NAME.search(match.string[max(0, match.start() - 32) : match.start()]):
        return None
    if language is NumberLanguage.RUSSIAN:
        return numbers_ru.ordinal(number, *_form_of_name(word_before(match)))
    return numbers_uz.ordinal(number)


def spell_alone(match: re.Match[str], _: NumberLanguage) -> str | None:
    """I, II: a heading, whose language nothing shows."""
    number = read_roman(match["roman"])
    return numbers_uz.cardinal(number) if number else None


def _form_of_name(name: str) -> Form:
    """Case and gender of a Russian ruler's name: Петра, Екатерина, Николаем."""
    if name.endswith(("ина", "ета", "ия", "анна")):
        return Form("n", "f")
    if name.endswith(("ом", "ем")):
        return Form("i")
    if name.endswith(("ы", "и")):
        return Form("g", "f")
    return Form({"а": "g", "я": "g", "у": "d", "ю": "d", "е": "p"}.get(name[-1:], "n"))
