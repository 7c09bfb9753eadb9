"""Vietnamese number words: linh in tens of zero, mốt, tư and lăm behind a ten, nghìn."""

from typing import Final

LARGEST: Final = 10**15 - 1
DIGITS: Final = ("không", "một", "hai", "ba", "bốn", "năm", "sáu", "bảy", "tám", "chín")
_SCALES: Final = ("", "nghìn", "triệu", "tỷ")
_UNITS_AFTER_TENS: Final = {1: "mốt", 4: "tư", 5: "lăm"}


def cardinal(number: int) -> str:
    """Words of a whole number of at most fifteen digits.

    Raises:
        ValueError: The number is too large.
    """
    if abs(number) > LARGEST:
        raise ValueError(f"{number} is too large to be written in words; largest is {LARGEST}")
    words = _below_billion(abs(number)) if abs(number) < 10**9 else _billions(abs(number))
    return " ".join(["âm"] * (number < 0) + words)


def digits(figures: str) -> str:
    """The words of each digit: telephone numbers, codes, decimals with many places."""
    return " ".join(DIGITS[int(figure)] for figure in figures)


def _billions(number: int) -> list[str]:
    billions, rest = divmod(number, 10**9)
    words = [*_below_billion(billions), "tỷ"]
    return [*words, *_below_billion(rest, full=True)] if rest else words


def _below_billion(number: int, *, full: bool = False) -> list[str]:
    """Words of 0 to 999,999,999; ``full`` says the hundreds of the first group, even of zero."""
    if number == 0:
        return ["không"]
    words: list[str] = []
    for power in (2, 1, 0):
        group = number // 1000**power % 1000
        if group:
            words += _hundreds(group, full=full or bool(words))
            words += [_SCALES[power]] * (power > 0)
        full = full and not words
    return words


def _hundreds(group: int, *, full: bool) -> list[str]:
    hundreds, rest = divmod(group, 100)
    tens, units = divmod(rest, 10)
    words = [DIGITS[hundreds], "trăm"] if hundreds or full else []
    if tens == 0:
        if units:
            words += (["linh"] if words else []) + [DIGITS[units]]
        return words
    words += ["mười"] if tens == 1 else [DIGITS[tens], "mươi"]
    if units:
        words.append("lăm" if units == 5 else DIGITS[units])
        if tens > 1:
            words[-1] = _UNITS_AFTER_TENS.get(units, DIGITS[units])
    return words
