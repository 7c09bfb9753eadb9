"""From written to spoken: the steps of normalization, each of which is recorded.

A step is a function from text to text with a name. :func:`trace` runs them and keeps every text
on the way, so that what a step did can be shown and undone; :func:`normalize` keeps the last.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from ovoz.text.expansion import expand
from ovoz.text.letters import fold_apostrophes, fold_case, fold_reform_letters, fold_unicode
from ovoz.text.verbalize import verbalize

_PUNCTUATION: Final = re.compile(r"(?:[^\w\s]|_)+")


@dataclass(frozen=True)
class Step:
    """What one step of normalization did: its name, and the text before and after."""

    name: str
    before: str
    after: str


def strip_punctuation(text: str) -> str:
    """Letters, digits and the two Uzbek apostrophes; all else is a space, runs are one space."""
    return " ".join(_PUNCTUATION.sub(" ", text).split())


STEPS: Final[tuple[tuple[str, Callable[[str], str]], ...]] = (
    ("unicode", fold_unicode),
    ("apostrophes", fold_apostrophes),
    ("written out", expand),
    ("spoken", verbalize),
    ("case", fold_case),
    ("letters", fold_reform_letters),
    ("punctuation", strip_punctuation),
)


def normalize(text: str) -> str:
    """Text as it is spoken, in the script it was written in; idempotent."""
    for _, step in STEPS:
        text = step(text)
    return text


def trace(text: str) -> list[Step]:
    """The steps that changed the text, in order; the first ``before`` is the text itself."""
    done: list[Step] = []
    for name, step in STEPS:
        after = step(text)
        if after != text:
            done.append(Step(name, text, after))
        text = after
    return done
