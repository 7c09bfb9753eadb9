"""Dialect forms of Uzbek and their literary equivalents: Tashkent, Fergana valley, Khorezm.

``data/dialects.tsv`` lists them, one row per form, with the source. Whole words and phrases are
converted in both directions. Forms that are also literary words (``dil``, ``qand``) are converted
only into the dialect. So are the patterns of ``data/dialect_patterns.tsv``, which apply a feature
to words without a row (``ketyapman``, ``ketvomman``): in the other direction they would rewrite
words that only look like dialect forms.
"""

import re
from functools import cache
from typing import Final, NamedTuple

from ovoz.text.data_files import read_lines

_LATIN: Final = re.compile("[a-zʻʼ]+")
_LITERARY_TOO: Final = frozenset(
    [
        *("ali", "boʻsa", "didi", "didim", "dil", "dilak", "etin", "etti", "etuv", "keli", "lav"),
        *("mani", "mart", "oka", "osa", "sila", "tasha", "tuzuv"),
    ]
)
"""Dialect forms that are also literary words, or names."""


class DialectForm(NamedTuple):
    """A dialect form with its literary equivalent and the source of both."""

    dialect: str
    feature: str
    literary: str
    form: str
    source: str


@cache
def load_dialect_forms() -> tuple[DialectForm, ...]:
    """Rows of the table whose forms are whole words and differ from the literary ones."""
    return tuple(
        row
        for row in _load_rows()
        if row.literary != row.form and re.fullmatch("[a-zʻʼ ]+", row.literary + row.form)
    )


def to_literary(text: str) -> str:
    """Replace the listed dialect forms of a canonical transcript by literary ones; idempotent."""
    forms = _literary_forms()
    words = text.split()
    if forms.keys().isdisjoint(words):
        return " ".join(words)
    return " ".join(forms.get(word, word) for word in words)


@cache
def _literary_forms() -> dict[str, str]:
    forms = {
        row.form: row.literary
        for row in reversed(load_dialect_forms())
        if row.form not in _LITERARY_TOO
    }
    literary_words = {word for row in load_dialect_forms() for word in row.literary.split()}
    kept = {form: word for form, word in forms.items() if form not in literary_words}
    return {form: word for form, word in kept.items() if not kept.keys() & set(word.split())}


def to_dialect(text: str, dialect: str) -> str:
    """Convert a literary canonical transcript to a dialect, for training text and synthesis.

    Args:
        text: Canonical transcript.
        dialect: ``tashkent``, ``fergana`` or ``khorezm``.

    Raises:
        ValueError: The dialect is unknown.
    """
    forms, phrases = _compile_forms(dialect)
    if phrases:
        text = phrases.sub(lambda found: forms[found[0]], text)
    return " ".join(_convert_word(word, forms, dialect) for word in text.split())


def _convert_word(word: str, forms: dict[str, str], dialect: str) -> str:
    if word in forms or word in _unchanged_words() or not _LATIN.fullmatch(word):
        return forms.get(word, word)
    for pattern, form in _patterns(dialect):
        word = pattern.sub(form, word)
    return word


@cache
def _patterns(dialect: str) -> tuple[tuple[re.Pattern[str], str], ...]:
    rows = (line.split("\t") for line in read_lines("dialect_patterns.tsv")[1:])
    return tuple((re.compile(found), form) for of, _, found, form in rows if of == dialect)


@cache
def _unchanged_words() -> frozenset[str]:
    """Words that are in the table because no feature changes them."""
    return frozenset(row.form for row in _load_rows() if row.literary == row.form)


def _load_rows() -> list[DialectForm]:
    return [DialectForm(*line.split("\t")) for line in read_lines("dialects.tsv")[1:]]


@cache
def _compile_forms(dialect: str) -> tuple[dict[str, str], re.Pattern[str] | None]:
    forms: dict[str, str] = {}
    for row in load_dialect_forms():
        if dialect in row.dialect:
            forms.setdefault(row.literary, row.form)
    if not forms:
        raise ValueError(f"no dialect {dialect!r}; known are fergana, khorezm, tashkent")
    phrases = [re.escape(phrase) for phrase in forms if " " in phrase]
    return forms, re.compile(rf"\b(?:{'|'.join(phrases)})\b") if phrases else None
