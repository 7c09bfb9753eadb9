"""Writings of several numbers that belong together: decimals, times of day, ranges."""

from collections.abc import Iterator, Sequence
from typing import Final

from ovoz.text.written.number_words import NumberPhrase, find_numbers, read_prefixes

_PLACES: Final = {
    "oʻndan": 1, "yuzdan": 2, "mingdan": 3, "десят": 1, "сот": 2, "тысячн": 3,
}  # fmt: skip
_BEFORE_TIME: Final = frozenset(("soat", "soati", "vaqti", "в", "с", "до", "к"))
_OF_TIME: Final = ("da", "dan", "gacha", "ga")
"""Suffixes of a time of day."""

_LONGEST_FRACTION: Final = 8
_SMALLEST_RANGE: Final = 10
_WIDEST_RANGE: Final = 10


def propose_decimal(words: Sequence[str], phrase: NumberPhrase) -> Iterator[tuple[str, int]]:
    """Uch butun oʻndan besh, три целых пять десятых: 3,5, and where its words end."""
    rest = words[phrase.end : phrase.end + _LONGEST_FRACTION]
    if len(rest) < 2 or phrase.ordinal or phrase.suffix:
        return
    if rest[0] == "butun" and rest[1] in _PLACES:
        places = _PLACES[rest[1]]
        for below in read_prefixes(rest, 2):
            if below.value < 10**places and not below.ordinal:
                suffix = f" {below.suffix}" if below.suffix else ""
                yield f"{phrase.value},{below.value:0{places}d}{suffix}", phrase.end + below.end
    elif rest[0] in ("целых", "целая"):
        yield from _propose_russian(phrase, rest)


def _propose_russian(phrase: NumberPhrase, rest: Sequence[str]) -> Iterator[tuple[str, int]]:
    """The place (десятых) is the first ordinal; the digits are the number before it."""
    for end in range(2, len(rest)):
        places = next((count for stem, count in _PLACES.items() if rest[end].startswith(stem)), 0)
        below = find_numbers(rest[1:end])
        if places and len(below) == 1 and below[0][:2] == (0, end - 1):
            yield f"{phrase.value},{below[0].value:0{places}d}", phrase.end + end + 1


def propose_run(words: Sequence[str], run: Sequence[NumberPhrase]) -> Iterator[tuple[str, int]]:
    """Writings of numbers without a word between them: 15:05, 10-15."""
    first, *rest = run
    last = rest[-1]
    if first.suffix or any(phrase.ordinal or phrase.suffix for phrase in rest[:-1]):
        return
    suffix = f" {last.suffix}" if last.suffix else ""
    before = words[first.start - 1] if first.start else ""
    timed = before in _BEFORE_TIME or last.suffix in _OF_TIME
    noughts = len(rest) == 2 and rest[0].value == 0 and last.value < 10
    minutes = len(rest) == 1 and 10 <= last.value < 60
    if timed and first.value < 24 and (noughts or minutes) and not (first.ordinal or last.ordinal):
        hour = f"{first.value}" if first.value else "00"
        yield f"{hour}:{last.value:02d}{suffix}", last.end
    if len(rest) == 1 and last.value >= _SMALLEST_RANGE and first.value < last.value:
        if last.value > _WIDEST_RANGE * first.value:
            return
        after = words[last.end] if last.end < len(words) else ""
        if not last.ordinal:
            yield f"{first.value}-{last.value}{suffix}", last.end
        elif after and not last.suffix:
            yield f"{first.value}-{last.value}-{after}", last.end + 1
            yield f"{first.value}-{last.value} {after}", last.end + 1
