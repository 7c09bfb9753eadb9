"""Dialect forms and their literary Uzbek: Tashkent, Fergana valley, Khorezm.

The facts lie in ``data/dialects.tsv``, one row a form with its source. Whole words and phrases
go both ways. Forms that are themselves literary words (``dil``, ``qand``) go one way only, towards
the dialect; so do the patterns of ``data/dialect_patterns.tsv``, which carry some of the features
over to words that no row lists (``ketyapman``, ``ketvomman``). On the way back they would rewrite
words that merely look alike.
"""

import re
from functools import cache
from importlib import resources
from typing import Final, NamedTuple

_LATIN: Final = re.compile("[a-zʻʼ]+")
_LITERARY_TOO: Final = frozenset(("dil", "ali", "lav", "keli", "oka", "mani", "tasha", "dilak"))
"""Dialect forms that are also literary words, or names."""


class Variant(NamedTuple):
    """A dialect form, the literary one, and where the fact is from."""

    dialect: str
    feature: str
    literary: str
    form: str
    source: str


@cache
def variants() -> tuple[Variant, ...]:
    """All rows of the table whose forms are whole words; exceptions (form is literary) left out."""
    rows = [Variant(*line.split("\t")) for line in _table("dialects.tsv")]
    return tuple(
        row
        for row in rows
        if row.literary != row.form and re.fullmatch("[a-zʻʼ ]+", row.literary + row.form)
    )


def literary(text: str) -> str:
    """Canonical transcript with the listed dialect forms in literary Uzbek; idempotent."""
    forms = _to_literary()
    return " ".join(forms.get(word, word) for word in text.split())


@cache
def _to_literary() -> dict[str, str]:
    forms = {
        row.form: row.literary for row in reversed(variants()) if row.form not in _LITERARY_TOO
    }
    literary_words = {word for row in variants() for word in row.literary.split()}
    kept = {form: word for form, word in forms.items() if form not in literary_words}
    return {form: word for form, word in kept.items() if not kept.keys() & set(word.split())}


def dialect_forms(text: str, dialect: str) -> str:
    """Literary canonical transcript as the dialect says it, for training text and synthesis.

    Args:
        text: Canonical transcript.
        dialect: ``tashkent``, ``fergana`` or ``khorezm``.

    Raises:
        ValueError: No such dialect.
    """
    forms, phrases = _to_dialect(dialect)
    if phrases:
        text = phrases.sub(lambda found: forms[found[0]], text)
    return " ".join(_said(word, forms, dialect) for word in text.split())


def _said(word: str, forms: dict[str, str], dialect: str) -> str:
    if word in forms or word in _without_change() or not _LATIN.fullmatch(word):
        return forms.get(word, word)
    for pattern, form in _patterns(dialect):
        word = pattern.sub(form, word)
    return word


@cache
def _patterns(dialect: str) -> tuple[tuple[re.Pattern[str], str], ...]:
    rows = (line.split("\t") for line in _table("dialect_patterns.tsv"))
    return tuple((re.compile(found), form) for of, _, found, form in rows if of == dialect)


@cache
def _without_change() -> frozenset[str]:
    """Words that the table names because a feature leaves them alone."""
    rows = (Variant(*line.split("\t")) for line in _table("dialects.tsv"))
    return frozenset(row.form for row in rows if row.literary == row.form)


def _table(name: str) -> list[str]:
    """Lines of a table without its heading."""
    lines = resources.files("ovoz.text").joinpath(f"data/{name}").read_text("utf-8").splitlines()
    return [line for line in lines[1:] if line]


@cache
def _to_dialect(dialect: str) -> tuple[dict[str, str], re.Pattern[str] | None]:
    forms: dict[str, str] = {}
    for row in variants():
        if dialect in row.dialect:
            forms.setdefault(row.literary, row.form)
    if not forms:
        raise ValueError(f"no dialect {dialect!r}; known are fergana, khorezm, tashkent")
    phrases = [re.escape(phrase) for phrase in forms if " " in phrase]
    return forms, re.compile(rf"\b(?:{'|'.join(phrases)})\b") if phrases else None
