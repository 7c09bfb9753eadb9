"""Reads written numbers: thousands separators, decimals and signs of both languages."""

import re
from typing import Final, NamedTuple

SPACES: Final = " \u00a0\u202f"
LONGEST: Final = 15
"""Longer runs of digits are read digit by digit."""

NUMBER: Final = (
    rf"(?:(?<!\d[.,])(?:\d{{1,3}}(?:[{SPACES}]\d{{3}}){{1,4}}(?:[.,]\d{{1,3}})?(?![.,]?\d)"
    r"|\d{1,3}(?:\.\d{3}){2,4}(?:,\d{1,2})?(?![.,]?\d)"
    r"|\d{1,3}(?:,\d{3}){2,4}(?:\.\d{1,2})?(?![.,]?\d)"
    r"|\d{1,3}(?:,\d{3}\.|\.\d{3},)\d{1,3}(?![.,]?\d)"
    r"|\d{1,15}[.,]\d{1,12}(?![.,]?\d))|\d+)"
)
"""A number as people write it; no alternative looks further than a bounded distance."""

SIGNED: Final = rf"(?P<sign>(?<!\w)[-−–+])?(?P<number>{NUMBER})"

_ONE_GROUP: Final = re.compile(r"([1-9]\d{0,2})[.,](\d{3})")


class Amount(NamedTuple):
    """A number: its whole part and, for a decimal, the digits behind the comma."""

    whole: str
    fraction: str = ""

    @property
    def value(self) -> int:
        """The whole part."""
        return int(self.whole)


def read_amount(written: str, money: bool = False, uzbek: bool = False) -> Amount:
    """Read a number that :data:`NUMBER` found.

    ``1.500`` may be one and a half or fifteen hundred. It is fifteen hundred where it is money, or
    where the three digits are noughts, as nobody writes these behind a decimal comma. Uzbek writers
    separate thousands by a comma (7,204 dona), Russian ones do not.
    """
    one = _ONE_GROUP.fullmatch(written)
    if one and (money or one[2] == "000" or (uzbek and "," in written)):
        return Amount(one[1] + one[2])
    marks = [mark for mark in written if not mark.isdecimal()]
    if not marks:
        return Amount(written)
    decimal = marks[-1] in ".," and marks.count(marks[-1]) == 1
    if not decimal:
        return Amount("".join(mark for mark in written if mark.isdecimal()))
    whole, _, fraction = written.rpartition(marks[-1])
    return Amount("".join(mark for mark in whole if mark.isdecimal()), fraction)
