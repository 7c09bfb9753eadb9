"""Normalization: text as it is spoken, in named steps that can be traced.

:func:`normalize` returns the normalized text; :func:`trace` returns what each step changed.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from ovoz.text.character_folding import (
    fold_apostrophes,
    fold_case,
    fold_reform_letters,
    fold_unicode,
    join_suffixes,
)
from ovoz.text.expansion import expand
from ovoz.text.look_alikes import fold_look_alikes
from ovoz.text.memo import Memo
from ovoz.text.verbalization import verbalize

_PUNCTUATION: Final = re.compile(r"(?:[^\w\s]|_)+")
_LETTERS: Final = re.compile("[a-zа-яёўқғҳʻʼ]++(?: [a-zа-яёўқғҳʻʼ]++)*+")


@dataclass(frozen=True)
class NormalizationStep:
    """A step of normalization with the text before and after it."""

    name: str
    before: str
    after: str


def strip_punctuation(text: str) -> str:
    """Keep letters, digits and the two Uzbek apostrophes; replace runs of the rest by a space."""
    return " ".join(_PUNCTUATION.sub(" ", text).split())


STEPS: Final[tuple[tuple[str, Callable[[str], str]], ...]] = (
    ("unicode", fold_unicode),
    ("look-alikes", fold_look_alikes),
    ("suffixes", join_suffixes),
    ("apostrophes", fold_apostrophes),
    ("written out", expand),
    ("spoken", verbalize),
    ("case", fold_case),
    ("letters", fold_reform_letters),
    ("punctuation", strip_punctuation),
)


def normalize(text: str) -> str:
    """Text as it is spoken, in its own script; idempotent."""
    if _LETTERS.fullmatch(text):
        # Most transcripts are words of small letters, on which no step looks beyond a word.
        return " ".join(filter(None, map(_normalize_word, text.split(" "))))
    return _run_steps(text)


@Memo
def _normalize_word(word: str) -> str:
    if word.isascii() and word.isalpha():  # the other steps leave such words alone
        return verbalize(expand(word))
    return _run_steps(word)


def _run_steps(text: str) -> str:
    for _, step in STEPS:
        text = step(text)
    return text


def fold_writing(text: str) -> str:
    """The steps that change neither words nor their script: apostrophes, case, punctuation."""
    if _LETTERS.fullmatch(text):
        return " ".join(filter(None, map(_fold_word, text.split(" "))))
    return _run_folding(text)


@Memo
def _fold_word(word: str) -> str:
    return _run_folding(word)


def _run_folding(text: str) -> str:
    for step in (fold_unicode, fold_apostrophes, fold_case, fold_reform_letters, strip_punctuation):
        text = step(text)
    return text


def trace(text: str) -> list[NormalizationStep]:
    """The steps that changed the text, in order."""
    changes: list[NormalizationStep] = []
    for name, step in STEPS:
        after = step(text)
        if after != text:
            changes.append(NormalizationStep(name, text, after))
        text = after
    return changes
