"""Numbers, dates, times, sums of money and abbreviations in words."""

import re
from typing import Final

from ovoz.text import numbers_ru, numbers_uz

_NUMBER: Final = re.compile(r"\d+")


def verbalize(text: str) -> str:
    """Text with its figures and abbreviations in words."""
    if not any(letter.isdecimal() for letter in text):
        return text
    cardinal = numbers_ru.cardinal if re.search("[а-яё]", text) else numbers_uz.cardinal
    return _NUMBER.sub(lambda match: cardinal(int(match[0])), text)
