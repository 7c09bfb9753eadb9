"""Removes what must not be read: numbers of cards, telephones and documents, addresses, birthdays.

Numbers are found in the spoken words, in whatever groups they were said. A long run of digits that
is of no kind is removed too wherever a kind of number is: a misheard digit must not show the rest.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from ovoz.text.figures.dates import MONTHS_RU, MONTHS_UZ
from ovoz.text.written.digit_groups import list_readings
from ovoz.text.written.number_words import NumberPhrase, find_numbers
from ovoz.text.written.tokens import TokenKind, WrittenForm, WrittenToken


class RedactionKind(StrEnum):
    """What is removed. ``number`` is a long run of digits of no other kind.

    A run of digits is of the first kind that fits it.
    """

    CARD = "card"
    INN = "inn"
    PASSPORT = "passport"
    PINFL = "pinfl"
    TELEPHONE = "telephone"
    EMAIL = "email"
    BIRTH_DATE = "birth_date"
    NUMBER = "number"

    @property
    def mark(self) -> str:
        """What stands in place of something of this kind."""
        return f"[{self.value}]"


NUMBERS: Final = frozenset(RedactionKind) - {RedactionKind.EMAIL, RedactionKind.BIRTH_DATE}
"""The kinds that are numbers."""
_KINDS_OF_MARKS: Final = {kind.mark: kind for kind in RedactionKind}


def find_marked_kind(token: str) -> RedactionKind | None:
    """The kind of what a token stands in place of; None for a token that is no mark."""
    return _KINDS_OF_MARKS.get(token)


@dataclass(frozen=True, slots=True)
class Removal:
    """Spoken words ``start`` up to ``end`` were removed; what they were is not kept."""

    kind: RedactionKind
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class RedactedForm:
    """A written form without what was removed, in the written and in the spoken words."""

    form: WrittenForm
    removals: tuple[Removal, ...]


_SHORTEST_NUMBER: Final = 7
_LARGEST_GROUP: Final = 10_000
_NEAR: Final = 4
_OF_INN: Final = ("inn", "инн", "stir", "стир")
_OF_PASSPORT: Final = ("pasport", "паспорт", "seriya", "серия", "серии")
_OF_BIRTH: Final = ("tugʻil", "тугил", "рожд", "родил", "родилась")
_AT: Final = frozenset(("собака", "sobaka", "kuchukcha", "et"))
_DOT: Final = frozenset(("nuqta", "точка"))
_MONTHS: Final = (*MONTHS_UZ, *MONTHS_RU)
_BESIDE_DATES: Final = ("yil", "год", "sana", "kuni")


def redact(text: WrittenForm, kinds: Collection[RedactionKind]) -> RedactedForm:
    """Put a mark such as ``[card]`` in place of everything of the given kinds."""
    found = _keep_apart(_find(text.words, frozenset(kinds)))
    words = list(text.words)
    tokens = []
    for removal in found:
        for at in range(removal.start, removal.end):
            words[at] = removal.kind.mark
    for removal in found:
        start, end = removal.start, removal.end
        for token in text.tokens:  # a token that is partly removed goes as a whole
            if token.start < end and start < token.end:
                start, end = min(start, token.start), max(end, token.end)
        tokens.append(WrittenToken(removal.kind.mark, start, end, TokenKind.REDACTED))
    for token in tokens:
        for at in range(token.start, token.end):
            words[at] = token.text
    return RedactedForm(WrittenForm(tuple(words), text.replace(tokens).tokens), tuple(found))


def _keep_apart(found: Iterator[Removal]) -> list[Removal]:
    """The removals without those that overlap an earlier one."""
    apart: list[Removal] = []
    for removal in sorted(found, key=lambda each: (each.start, -each.end)):
        if not apart or removal.start >= apart[-1].end:
            apart.append(removal)
    return apart


def _find(words: Sequence[str], kinds: frozenset[RedactionKind]) -> Iterator[Removal]:
    phrases = find_numbers(words)
    if kinds & NUMBERS:
        yield from _find_numbers(words, phrases, kinds)
    if RedactionKind.EMAIL in kinds:
        yield from _find_emails(words)
    if RedactionKind.BIRTH_DATE in kinds:
        yield from _find_birth_dates(words, phrases)


def _list_runs(phrases: Sequence[NumberPhrase]) -> Iterator[tuple[int, int]]:
    """Edges of the runs of numbers without a word between them; a suffix or ordinal ends one."""
    start = 0
    for at, phrase in enumerate(phrases, start=1):
        apart = at == len(phrases) or phrases[at].start != phrase.end
        if apart or phrase.suffix or phrase.ordinal:
            yield phrases[start].start, phrase.end
            start = at


def _find_numbers(
    words: Sequence[str], phrases: Sequence[NumberPhrase], kinds: frozenset[RedactionKind]
) -> Iterator[Removal]:
    """Numbers of the kinds; also those that one misheard word breaks in two."""
    runs = list(_list_runs(phrases))
    removals = {run: removal for run in runs for removal in _find_number(words, *run, kinds)}
    yield from removals.values()
    broken: list[tuple[int, int]] = []
    for run in runs:
        if broken and run[0] - broken[-1][1] > 1:
            yield from _join_broken(words, broken, removals)
            broken = []
        broken.append(run)
    if broken:
        yield from _join_broken(words, broken, removals)


def _join_broken(
    words: Sequence[str],
    runs: Sequence[tuple[int, int]],
    removals: Mapping[tuple[int, int], Removal],
) -> Iterator[Removal]:
    """Runs with one word between them, if they are groups of digits of one long number."""
    parts = [find_numbers(words[start:end]) for start, end in runs]
    groups = [phrase.value for part in parts for phrase in part]
    grouped = max(map(len, parts)) > 1 and max(groups) < _LARGEST_GROUP
    if len(runs) == 1 or not grouped or _count_digits(groups) < _SHORTEST_NUMBER:
        return
    found = [removals[run] for run in runs if run in removals]
    kind = found[0].kind if found else RedactionKind.NUMBER
    yield Removal(kind, min(runs[0][0], *(each.start for each in found), runs[-1][1]), runs[-1][1])


def _count_digits(values: Iterable[int]) -> int:
    return sum(len(str(value)) for value in values)


def _find_number(
    words: Sequence[str], start: int, end: int, kinds: frozenset[RedactionKind]
) -> Iterator[Removal]:
    said = words[start:end]
    groups = [phrase.value for phrase in find_numbers(said)]
    # One number is a sum or a year, however it could be cut.
    readings = list_readings(said) if len(groups) > 1 else [str(groups[0])]
    letters = _count_letters_before(words, start)
    near = " ".join(words[max(0, start - _NEAR) : start])
    possible = frozenset(RedactionKind) if len(groups) > 1 else {RedactionKind.INN}
    for kind in (kind for kind in RedactionKind if kind in kinds & possible):
        if any(_is_of_kind(digits, kind, near, letters) for digits in readings):
            yield Removal(kind, start - (letters if kind is RedactionKind.PASSPORT else 0), end)
            return
    grouped = len(groups) > 2 or (len(groups) == 2 and max(groups) < _LARGEST_GROUP)
    if grouped and _count_digits(groups) >= _SHORTEST_NUMBER:
        yield Removal(RedactionKind.NUMBER, start, end)


def _is_of_kind(digits: str, kind: RedactionKind, near: str, letters: int) -> bool:
    """Whether digits are a number of a kind; ``near`` are the words before it."""
    if kind is RedactionKind.CARD:
        return len(digits) == 16 and has_luhn_digit(digits)
    if kind is RedactionKind.TELEPHONE:
        country = digits.startswith("998") if len(digits) == 12 else digits[:1] in "78"
        return len(digits) == 9 or (len(digits) in (11, 12) and country)
    if kind is RedactionKind.PASSPORT:
        named = any(word in near for word in _OF_PASSPORT)
        # Where the word was said, a number of which two digits were not heard is one too.
        return (len(digits) == 7 and letters > 0) or (len(digits) in (5, 6, 7, 10) and named)
    if kind is RedactionKind.PINFL:
        return len(digits) == 14 and digits[0] in "123456"
    if kind is RedactionKind.INN:
        return len(digits) in (9, 10, 12) and any(word in near.split() for word in _OF_INN)
    return False


def has_luhn_digit(digits: str) -> bool:
    """Whether the last digit is the check digit of the others (Luhn, ISO/IEC 7812-1)."""
    total = 0
    for place, digit in enumerate(reversed(digits)):
        doubled = int(digit) * 2 if place % 2 else int(digit)
        total += doubled - 9 if doubled > 9 else doubled
    return total % 10 == 0


def _count_letters_before(words: Sequence[str], start: int) -> int:
    """Words before a place that are the two letters of a series: aa, or a a."""
    if start and len(words[start - 1]) == 2 and words[start - 1].isalpha():
        return 1
    pair = words[max(0, start - 2) : start]
    return 2 if len(pair) == 2 and all(len(word) == 1 for word in pair) else 0


def _find_emails(words: Sequence[str]) -> Iterator[Removal]:
    """Name, собака, host, точка, country; the name as far back as it is spelled."""
    for at, word in enumerate(words):
        if word not in _AT or not at:
            continue
        dots = [place for place in range(at + 1, min(at + 5, len(words))) if words[place] in _DOT]
        if not dots:
            continue
        numbers = {place for each in find_numbers(words[:at]) for place in range(*each[:2])}
        start = at - 1
        while start and (start in numbers or words[start - 1] in _DOT or len(words[start]) == 1):
            start -= 1
        yield Removal(RedactionKind.EMAIL, start, min(dots[-1] + 2, len(words)))


def _find_birth_dates(words: Sequence[str], phrases: Sequence[NumberPhrase]) -> Iterator[Removal]:
    """Dates near a word of birth: numbers, months and years side by side."""
    of_date = {place for phrase in phrases for place in range(phrase.start, phrase.end)}
    named = {at for at, word in enumerate(words) if word.startswith((*_MONTHS, *_BESIDE_DATES))}
    births = [at for at, word in enumerate(words) if word.startswith(_OF_BIRTH)]
    at = 0
    while at < len(words):
        end = at
        while end < len(words) and end in of_date | named:
            end += 1
        near = any(at - _NEAR <= birth <= end + _NEAR for birth in births)
        if end > at and near and of_date & set(range(at, end)):
            yield Removal(RedactionKind.BIRTH_DATE, at, end)
        at = max(end, at + 1)
