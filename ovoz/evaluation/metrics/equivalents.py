"""Spellings that are only a choice: a listed set counts as the same words, in both texts.

One set a line, its spellings separated by ``=`` (``super app = superapp``); ``#`` starts a comment.
Each spelling is brought into the canonical form first. The first one stands for all.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from ovoz.evaluation.metrics.pair import Views
from ovoz.evaluation.metrics.records import ScoreFileError


@dataclass(frozen=True)
class Equivalents:
    """Spellings and the one that stands for them; ``found`` finds the spellings in a text."""

    chosen: dict[str, str]
    found: re.Pattern[str]

    def unify(self, text: str) -> str:
        """Replace each listed spelling by the one that stands for its set."""
        return self.found.sub(lambda spelling: self.chosen[spelling[0]], text)


def read_equivalents(path: Path, canonical: Callable[[str], str]) -> Equivalents:
    """Read the listed sets.

    Raises:
        ScoreFileError: The file cannot be read, a line has one spelling only, or a spelling is in
            two sets.
    """
    try:
        lines = path.read_text("utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise ScoreFileError(f"{path}: no list of equivalents can be read: {error}") from error
    chosen: dict[str, str] = {}
    for number, line in enumerate(lines, start=1):
        spellings = [canonical(part) for part in line.partition("#")[0].split("=")]
        if spellings == [""]:
            continue
        if len(spellings) < 2 or "" in spellings:
            raise ScoreFileError(f"{path}, line {number}: write two spellings with = between them")
        for spelling in dict.fromkeys(spellings):
            if spelling in chosen:
                raise ScoreFileError(f"{path}, line {number}: {spelling!r} is in two sets")
            chosen[spelling] = spellings[0]
    if not chosen:
        raise ScoreFileError(f"{path}: no equivalents: write one set a line, spellings between =")
    longest_first = sorted(chosen, key=len, reverse=True)
    listed = "|".join(map(re.escape, longest_first))
    return Equivalents(chosen, re.compile(rf"(?<!\S)(?:{listed})(?!\S)"))


def with_equivalents(reading: Views, equivalents: Equivalents | None) -> Views:
    """A reading whose scored texts have one spelling of each listed set."""
    if equivalents is None:
        return reading
    return replace(
        reading,
        written=lambda text: equivalents.unify(reading.written(text)),
        canonical=lambda text: equivalents.unify(reading.canonical(text)),
    )
