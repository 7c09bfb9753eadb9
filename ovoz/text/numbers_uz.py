"""Uzbek number words.

Own code: num2words 0.5.14 has no Uzbek, and CLDR's spell-out rules need ICU's native library.
"""

from typing import Final

UNITS: Final = (
    "", "bir", "ikki", "uch", "toʻrt", "besh", "olti", "yetti", "sakkiz", "toʻqqiz",
)  # fmt: skip
TENS: Final = (
    "", "oʻn", "yigirma", "oʻttiz", "qirq", "ellik", "oltmish", "yetmish", "sakson", "toʻqson",
)  # fmt: skip
SCALES: Final = ("", "ming", "million", "milliard", "trillion")
ZERO: Final = "nol"
MINUS: Final = "minus"
LARGEST: Final = 10**15 - 1

_FRACTIONS: Final = ("", "oʻndan", "yuzdan", "mingdan", "oʻn mingdan", "yuz mingdan", "milliondan")
_SCALE_VALUES: Final = {word: 1000**power for power, word in enumerate(SCALES) if word}


def cardinal(number: int) -> str:
    """Words of a whole number, as in speech: 100 is ``yuz``, 1000 ``ming``, 10⁶ ``bir million``.

    Raises:
        ValueError: The number has more than fifteen digits.
    """
    if abs(number) > LARGEST:
        raise ValueError(f"{number} is too large to be written in words; largest is {LARGEST}")
    if number < 0:
        return f"{MINUS} {cardinal(-number)}"
    if number == 0:
        return ZERO
    words: list[str] = []
    for power in range(len(SCALES) - 1, -1, -1):
        group = number // 1000**power % 1000
        if group and not (power == 1 and group == 1):
            words += _spell_hundreds(group)
        if group and power:
            words.append(SCALES[power])
    return " ".join(words)


def _spell_hundreds(number: int) -> list[str]:
    hundreds, tens, units = number // 100, number // 10 % 10, number % 10
    words = [UNITS[hundreds]] if hundreds > 1 else []
    if hundreds:
        words.append("yuz")
    return words + [word for word in (TENS[tens], UNITS[units]) if word]


def exact(number: int) -> str:
    """Words of a number each digit of which matters, as of money: 1500 is ``bir ming besh yuz``.

    ``bir`` is said before every yuz and ming; a round 100 or 1000 stays ``yuz`` or ``ming``.
    """
    if abs(number) in (100, 1000):
        return cardinal(number)
    words: list[str] = []
    for word in cardinal(number).split():
        before = words[-1] if words else ""
        alone = word == "yuz" and before not in UNITS[1:]
        if alone or (word == "ming" and before in ("", MINUS, *SCALES[2:])):
            words.append(UNITS[1])
        words.append(word)
    return " ".join(words)


def join_suffix(words: str, suffix: str) -> str:
    """Number words with a suffix: ``bitta``, ``ellikka``, ``qirqqa``; others as they are."""
    last = words[-1:]
    if suffix.startswith("ta") and words.endswith(UNITS[1]):
        return f"{words.removesuffix('r')}t{suffix}"
    if last in "kq" and suffix.startswith("g"):
        return f"{words}{last}{suffix[1:]}"
    return words + suffix


def ordinal(number: int) -> str:
    """Words of an ordinal: ``-nchi`` after a vowel, ``-inchi`` after a consonant."""
    words = cardinal(number)
    return words + ("nchi" if words[-1] in "aeiou" else "inchi")


def decimal(whole: int, fraction: str) -> str:
    """Words of a decimal fraction: 3,5 is ``uch butun oʻndan besh``; ``fraction`` holds digits.

    Fractions of more than six digits are read digit by digit.
    """
    if len(fraction) >= len(_FRACTIONS):
        return f"{cardinal(whole)} butun {digits(fraction)}"
    return f"{cardinal(whole)} butun {_FRACTIONS[len(fraction)]} {cardinal(int(fraction))}"


def digits(text: str) -> str:
    """Words of each digit."""
    return " ".join(UNITS[int(digit)] or ZERO for digit in text)


def leading_zeros(text: str) -> str:
    """Words of a number with the noughts before it: 05 is ``nol besh``, 00 ``nol nol``."""
    number = text.lstrip("0")
    words = [ZERO] * (len(text) - len(number))
    return " ".join([*words, cardinal(int(number))] if number else words)


def parse(words: str) -> int:
    """Parse the words of :func:`cardinal`; ``bir ming`` is accepted for ``ming``.

    Raises:
        ValueError: A word is not a number word, or the words are out of order.
    """
    rest = words.removeprefix(MINUS).strip()
    if rest == ZERO:
        return 0
    total, ceiling = 0, LARGEST + 1
    run: list[str] = []
    for word in [*rest.split(), ""]:
        scale = _SCALE_VALUES.get(word, 1 if not word else 0)
        if not scale:
            run.append(word)
            continue
        group = " ".join(run)
        if scale >= ceiling or (group and group not in _GROUPS) or not rest:
            raise ValueError(f"{words!r} is not an Uzbek number; error near {group or word!r}")
        total += _GROUPS.get(group, 1 if word else 0) * scale
        ceiling, run = scale, []
    return -total if words.startswith(MINUS) else total


_GROUPS: Final = {" ".join(_spell_hundreds(number)): number for number in range(1, 1000)} | {
    f"bir {' '.join(_spell_hundreds(number))}": number for number in range(100, 200)
}
