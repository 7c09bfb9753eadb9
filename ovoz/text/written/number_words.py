"""Reads number words of canonical transcripts: values, ordinals and suffixes of both languages.

The words come from the tables that the verbalizer speaks with (:mod:`ovoz.text.numbers_uz` and
:mod:`ovoz.text.numbers_ru`), so that both directions know the same numbers.
"""

from collections.abc import Iterator, Sequence
from functools import cache
from typing import Final, NamedTuple

from ovoz.text import numbers_ru, numbers_uz
from ovoz.text.figures.nouns_ru import CASES
from ovoz.text.figures.ordinals import SUFFIXES
from ovoz.text.language import Language

LONGEST: Final = 16
"""Words of the longest number."""

_SCALES: Final = (1000, 10**6, 10**9, 10**12)
_UZBEK: Final = frozenset(
    word
    for word in (*numbers_uz.UNITS, *numbers_uz.TENS, "yuz", *numbers_uz.SCALES, numbers_uz.ZERO)
    if word
)  # fmt: skip


class NumberPhrase(NamedTuple):
    """Words ``start`` up to ``end`` that are a number; ``suffix`` is that of its last word."""

    start: int
    end: int
    value: int
    language: Language
    ordinal: bool = False
    suffix: str = ""


def find_numbers(words: Sequence[str]) -> list[NumberPhrase]:
    """The number phrases of a canonical transcript, each as long as it can be, left to right."""
    found: list[NumberPhrase] = []
    start = 0
    while start < len(words):
        phrase = read_number(words, start)
        if phrase:
            found.append(phrase)
        start = phrase.end if phrase else start + 1
    return found


def read_number(words: Sequence[str], start: int) -> NumberPhrase | None:
    """The longest number phrase that begins with a word; None if the word begins none."""
    word = words[start]
    if word[:1] >= "Ѐ":
        return _read_russian(words, start) if word in _russian_words() else None
    return _read_uzbek(words, start) if _split_uzbek(word) else None


def read_prefixes(words: Sequence[str], start: int) -> Iterator[NumberPhrase]:
    """The number that begins with a word, and the shorter ones that its first words are."""
    end = len(words)
    while start < end:
        phrase = read_number(words[:end], start)
        if phrase is None:
            return
        yield phrase
        end = phrase.end - 1


def _read_uzbek(words: Sequence[str], start: int) -> NumberPhrase | None:
    end = start
    while end < min(len(words), start + LONGEST) and words[end] in _UZBEK:
        end += 1
    if end < len(words) and words[end] not in _UZBEK and _split_uzbek(words[end]):
        end += 1
    for edge in range(end, start, -1):
        split = _split_uzbek(words[edge - 1])
        if split is None:
            continue
        number, ordinal, suffix = split
        try:
            value = numbers_uz.parse(" ".join([*words[start : edge - 1], number]))
        except ValueError:
            continue
        return NumberPhrase(start, edge, value, Language.UZBEK, ordinal, suffix)
    return None


class _NumberWord(NamedTuple):
    """A number word, whether it is an ordinal, and its suffix."""

    number: str
    ordinal: bool
    suffix: str


@cache
def _split_uzbek(word: str) -> _NumberWord | None:
    if word in _UZBEK:
        return _NumberWord(word, False, "")
    if word.startswith("bitta"):
        return _NumberWord("bir", False, word[3:]) if SUFFIXES.fullmatch(word[3:]) else None
    for number in sorted(_UZBEK, key=len, reverse=True):
        if not word.startswith(number):
            continue
        rest = word[len(number) :]
        ordinal = "nchi" if number[-1] in "aeiou" else "inchi"
        if rest.startswith(ordinal):
            return _NumberWord(number, True, rest[len(ordinal) :])
        if number[-1] in "kq" and rest.startswith(number[-1]):
            rest = f"g{rest[1:]}"  # ellikka, qirqqa
        return _NumberWord(number, False, rest) if SUFFIXES.fullmatch(rest) else None
    return None


class _Value(NamedTuple):
    """Value of a Russian number word."""

    value: int
    ordinal: bool


@cache
def _russian_words() -> dict[str, _Value]:
    """All forms of the Russian number words; a form of both kinds counts as a cardinal."""
    simple = (*range(20), *range(20, 100, 10), *range(100, 1000, 100))
    words: dict[str, _Value] = {}
    for case in CASES:
        for value in (*simple, *_SCALES):
            for gender in "mfnp":
                words[numbers_ru.ordinal(value, case, gender).split()[-1]] = _Value(value, True)
    for case in CASES:
        for value in simple:
            for gender in "mfn":
                words[numbers_ru.cardinal(value, case, gender)] = _Value(value, False)
        for scale in _SCALES:
            for count in (1, 2, 5):
                form = numbers_ru.cardinal(count * scale, case).split()[-1]
                words[form] = _Value(scale, False)
    return words


def _read_russian(words: Sequence[str], start: int) -> NumberPhrase | None:
    known = _russian_words()
    values: list[_Value] = []
    for word in words[start : start + LONGEST]:
        if word not in known:
            break
        values.append(known[word])
        if values[-1].ordinal:
            break
    for length in range(len(values), 0, -1):
        value = _combine([each.value for each in values[:length]])
        if value is not None:
            ordinal = values[length - 1].ordinal
            return NumberPhrase(start, start + length, value, Language.RUSSIAN, ordinal)
    return None


def _combine(values: Sequence[int]) -> int | None:
    """The number that the values of Russian words make; None if they are out of order."""
    total, group, below, ceiling = 0, 0, 1000, 10**15
    for value in values:
        if value >= 1000:
            if value >= ceiling:
                return None
            total, group, below, ceiling = total + (group or 1) * value, 0, 1000, value
        elif value == 0:
            return 0 if len(values) == 1 else None
        elif value < below:
            group += value
            below = 100 if value >= 100 else 10 if value >= 20 else 0
        else:
            return None
    return total + group
