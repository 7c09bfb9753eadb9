"""Expands abbreviations that stand for one word or phrase.

Those beside a figure (``5 тыс. руб.``, ``1990 г.``) are read with it, by
:mod:`ovoz.text.verbalization`.
"""

import re
from collections.abc import Mapping
from typing import Final

ABBREVIATIONS: Final[Mapping[str, str]] = {
    "т.е.": "то есть",
    "и т.д.": "и так далее",
    "и т.п.": "и тому подобное",
    "и др.": "и другие",
    "и пр.": "и прочее",
    "т.к.": "так как",
    "им.": "имени",
    "ул.": "улица",
    "тел.": "телефон",
    "обл.": "область",
    "р-н": "район",
    "пр-т": "проспект",
    "до н.э.": "до нашей эры",
    "н.э.": "нашей эры",
    "va h.k.": "va hokazo",
    "ва ҳ.к.": "ва ҳоказо",
    "v.b.": "va boshqalar",
    "va b.": "va boshqalar",
    "ва б.": "ва бошқалар",
    "mln.": "million",
    "mln": "million",
    "mlrd.": "milliard",
    "mlrd": "milliard",
    "trln.": "trillion",
    "trln": "trillion",
    "koʻch.": "koʻchasi",
    "кўч.": "кўчаси",
}
"""Abbreviations with only one expansion; a space may follow each of their points."""

_BEFORE_NUMBER: Final[Mapping[str, str]] = {
    "д": "дом", "кв": "квартира", "стр": "страница", "корп": "корпус", "гл": "глава",
}  # fmt: skip
_BEFORE_NAME: Final[Mapping[str, str]] = {"г": "город", "пр": "проспект", "пер": "переулок"}


def _compile_abbreviations() -> re.Pattern[str]:
    longest_first = sorted(ABBREVIATIONS, key=len, reverse=True)
    spaced = (
        re.escape(short).replace(r"\.", r"\.\s?").removesuffix(r"\s?") for short in longest_first
    )
    return re.compile(rf"(?<![\w.])(?:{'|'.join(spaced)})(?!\w)", re.IGNORECASE)


_ABBREVIATION: Final = _compile_abbreviations()


def _compile_hint() -> re.Pattern[str]:
    """The first point of an abbreviation. The search goes from point to point, which is fast."""
    stems = {re.findall(r"(\w+)\.", short)[0] for short in ABBREVIATIONS if "." in short}
    stems |= {*_BEFORE_NUMBER, *_BEFORE_NAME, "руб"}
    behind = (rf"(?<=\b{stem}\.)" for stem in sorted(stems))
    return re.compile(rf"\.(?:{'|'.join(behind)})", re.IGNORECASE)


_HINT: Final = _compile_hint()
_WITHOUT_POINT: Final = tuple(short for short in ABBREVIATIONS if "." not in short)
_NUMBER_FOLLOWS: Final = re.compile(
    rf"(?<![\w.])(?<!\d\s)({'|'.join(_BEFORE_NUMBER)})\.\s?(?=\d)", re.IGNORECASE
)
_NAME_FOLLOWS: Final = re.compile(
    rf"(?<![\w.])(?<!\d\s)({'|'.join(_BEFORE_NAME)})\.\s?(?=[А-ЯЁЎҚҒҲ][а-яёўқғҳ])"
)
_ROUBLES: Final = re.compile(r"(?<=[а-я] )руб\.")
"""Roubles after a number word: пять тысяч руб."""


def expand(text: str) -> str:
    """Replace abbreviations by the words they stand for; idempotent."""
    if not _HINT.search(text):
        lower = text.lower()
        if not any(short in lower for short in _WITHOUT_POINT):
            return text
    text = _ABBREVIATION.sub(_expand_abbreviation, text)
    if "." not in text:
        return text
    text = _NUMBER_FOLLOWS.sub(lambda match: f"{_BEFORE_NUMBER[match[1].lower()]} ", text)
    text = _NAME_FOLLOWS.sub(lambda match: f"{_BEFORE_NAME[match[1].lower()]} ", text)
    return _ROUBLES.sub("рублей", text)


def _expand_abbreviation(match: re.Match[str]) -> str:
    return ABBREVIATIONS[re.sub(r"(?<=\.)\s", "", match[0].lower())]
