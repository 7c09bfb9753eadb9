"""Russian number words, by num2words."""

from typing import Final

from num2words import num2words

LARGEST: Final = 10**15 - 1

UNITS: Final = (
    "ноль", "один", "два", "три", "четыре", "пять", "шесть", "семь", "восемь", "девять",
)  # fmt: skip
_CASES: Final = {"n", "g", "d", "a", "i", "p"}


def cardinal(number: int, case: str = "n", gender: str = "m") -> str:
    """Words of a whole number; 1000 is ``тысяча``, as in speech.

    Args:
        number: A number of at most fifteen digits.
        case: n(ominative), g(enitive), d(ative), a(ccusative), i(nstrumental), p(repositional).
        gender: m(asculine), f(eminine) or n(euter).

    Raises:
        ValueError: The number is too large or the case is unknown.
    """
    if abs(number) > LARGEST:
        raise ValueError(f"{number} is too large to be written in words; largest is {LARGEST}")
    if case not in _CASES:
        raise ValueError(f"no Russian case {case!r}; known are {sorted(_CASES)}")
    words = str(num2words(abs(number), lang="ru", case=case, gender=gender, animate=False))
    if case in "na" and words.split()[0] in ("одна", "одну") and 1000 <= abs(number) < 2000:
        words = words.split(" ", 1)[1]
    return _fold_yo(f"минус {words}" if number < 0 else words)


def ordinal(number: int, case: str = "n", gender: str = "m") -> str:
    """Words of an ordinal in the given case and gender (``m``, ``f``, ``n`` or ``p`` for plural).

    Raises:
        ValueError: The number is negative or too large.
    """
    if not 0 <= number <= LARGEST:
        raise ValueError(f"{number} has no ordinal; give 0 to {LARGEST}")
    words = num2words(
        number, to="ordinal", lang="ru", case=case, gender=gender, plural=gender == "p",
        animate=False,
    )  # fmt: skip
    return _fold_yo(str(words))


def decimal(whole: int, fraction: str) -> str:
    """Words of a decimal fraction: 3,5 is ``три целых пять десятых``; ``fraction`` holds digits."""
    if len(fraction) > 6:
        return f"{cardinal(whole, gender='f')} целых {digits(fraction)}"
    return _fold_yo(str(num2words(f"{whole}.{fraction}", lang="ru")))


def digits(text: str) -> str:
    """Words of each digit."""
    return " ".join(UNITS[int(digit)] for digit in text)


def leading_zeros(text: str) -> str:
    """Words of a number with the noughts before it: 05 is ``ноль пять``, 00 ``ноль ноль``."""
    number = text.lstrip("0")
    words = [UNITS[0]] * (len(text) - len(number))
    return " ".join([*words, cardinal(int(number))] if number else words)


def plural(number: int, one: str, few: str, many: str) -> str:
    """Form of a noun after a number: 1 рубль, 2 рубля, 5 рублей, 11 рублей, 21 рубль."""
    if number % 100 in range(11, 15):
        return many
    return {1: one, 2: few, 3: few, 4: few}.get(number % 10, many)


def _fold_yo(words: str) -> str:
    return words.replace("ё", "е")
