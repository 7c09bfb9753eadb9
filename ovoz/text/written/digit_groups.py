"""Reads digits that are said in groups: telephone numbers and card numbers."""

from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Final, NamedTuple

from ovoz.text import numbers_ru, numbers_uz
from ovoz.text.written.number_words import read_prefixes
from ovoz.text.written.tokens import TokenKind, WrittenToken

_ZEROS: Final = frozenset((numbers_uz.ZERO, numbers_ru.UNITS[0]))
_PLUS: Final = frozenset(("plus", "плюс"))

_PATTERNS: Final = (
    ((3, 2, 3, 2, 2), "998", "+{} {} {} {} {}"),
    ((1, 3, 3, 2, 2), "", "{} {} {}-{}-{}"),
    ((4, 4, 4, 4), "", "{} {} {} {}"),
    ((2, 3, 2, 2), "", "{} {} {} {}"),
    ((3, 2, 2), "", "{}-{}-{}"),
)
"""Groups of a number, how it begins, and how it is written."""

_SHORTEST_RUN: Final = 3
_LONGEST_RUN: Final = 24
"""Words of the longest number: twelve pairs of digits."""

_LARGEST_GROUP: Final = 10_000
_LONGEST_GROUP: Final = 8
"""Words of a group of four digits."""

_MOST_DIGITS: Final = 16
_MOST_READINGS: Final = 512


def read_digit_groups(words: Sequence[str], start: int, end: int) -> WrittenToken | None:
    """The number that all the words of a run are, said in groups of digits; else None."""
    if not _SHORTEST_RUN <= end - start <= _LONGEST_RUN:
        return None
    said = tuple(words[start:end])
    for lengths, beginning, form in _PATTERNS:
        for groups in _split(said, 0, lengths):
            if groups[0].startswith(beginning):
                plus = start and words[start - 1] in _PLUS
                text = form.format(*groups)
                if plus and not text.startswith("+"):
                    text = f"+{text}"
                return WrittenToken(text, start - bool(plus), end, TokenKind.FIGURE)
    return None


def _split(words: tuple[str, ...], at: int, lengths: Sequence[int]) -> Iterator[tuple[str, ...]]:
    """The ways to read the words from ``at`` on as groups of so many digits each."""
    if not lengths:
        if at == len(words):
            yield ()
        return
    for end, digits in _read_group(words, at, lengths[0]):
        for rest in _split(words, end, lengths[1:]):
            yield digits, *rest


def _read_group(words: tuple[str, ...], at: int, length: int) -> Iterator[tuple[int, str]]:
    """Readings of ``length`` digits: a number with its noughts, two halves, or digit by digit."""
    end, zeros = at, ""
    while end < len(words) and words[end] in _ZEROS:
        end, zeros = end + 1, f"{zeros}0"
        if len(zeros) == length:
            yield end, zeros
            return
    for words_of_it, value, plain in _list_prefixes(words[end : end + _LONGEST_GROUP]):
        if plain and value and len(zeros) + len(str(value)) == length:
            yield end + words_of_it, f"{zeros}{value}"
    parts = (2, 2) if length == 4 else (1,) * length
    if length > 1 and not zeros:
        yield from _join_parts(words, at, parts)


def _join_parts(words: tuple[str, ...], at: int, parts: Sequence[int]) -> Iterator[tuple[int, str]]:
    if not parts:
        yield at, ""
        return
    for end, digits in _read_group(words, at, parts[0]):
        for last, rest in _join_parts(words, end, parts[1:]):
            yield last, digits + rest


def list_readings(words: Sequence[str]) -> list[str]:
    """Digits that words may stand for, in whatever groups of one to four they were said.

    No more than sixteen digits and a limited number of readings, however long the run: there may be
    none for a long one.
    """
    said = tuple(words)
    readings: dict[int, set[str]] = {0: {""}}
    for at in range(len(said)):
        before = readings.pop(at, set())
        for end, digits in _list_groups(said, at) if before else ():
            following = readings.setdefault(end, set())
            for reading in before:
                if len(reading) + len(digits) <= _MOST_DIGITS and len(following) < _MOST_READINGS:
                    following.add(reading + digits)
    return sorted(readings.get(len(said), ()))


def _list_groups(words: tuple[str, ...], at: int) -> Iterator[tuple[int, str]]:
    if words[at] in _ZEROS:
        yield at + 1, "0"
    for length, value, _ in _list_prefixes(words[at : at + _LONGEST_GROUP]):
        if 0 < value < _LARGEST_GROUP:
            yield at + length, str(value)


class _Prefix(NamedTuple):
    """A number that the first words are; ``plain`` if it is a cardinal without a suffix."""

    length: int
    value: int
    plain: bool


@lru_cache(maxsize=4096)
def _list_prefixes(words: tuple[str, ...]) -> tuple[_Prefix, ...]:
    return tuple(
        _Prefix(phrase.end, phrase.value, not (phrase.ordinal or phrase.suffix))
        for phrase in read_prefixes(words, 0)
    )
