"""Dialect forms and their literary Uzbek: Tashkent, Fergana valley, Khorezm.

The facts lie in ``data/dialects.tsv``, one row a form with its source. Whole words and phrases
go both ways. Rows of bare suffixes describe a dialect but are not applied: they would rewrite
words that merely end alike. Forms that are themselves literary words (``dil``, ``qand``) go one
way only, towards the dialect.
"""

import re
from functools import cache
from importlib import resources
from typing import Final, NamedTuple

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
    lines = resources.files("ovoz.text").joinpath("data/dialects.tsv").read_text("utf-8")
    rows = [Variant(*line.split("\t")) for line in lines.splitlines()[1:] if line]
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
    return " ".join(forms.get(word, word) for word in text.split())


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
