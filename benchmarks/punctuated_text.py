"""Punctuated text that benchmarks read: talk in Uzbek, fortunes in Russian."""

import re
from collections.abc import Iterable, Iterator
from pathlib import Path

SENTENCE_END = re.compile(r"(?<=[.!?…])\s+(?=[А-ЯЁ])")
NOT_PROSE = re.compile(r"^\s*(--|[-*–—>]|\d+[.)])|[A-Za-z]|[«»\"]{2}")


def read_talk(shared: Path) -> list[str]:
    """Lines of spoken Uzbek, as people and a recogniser wrote them."""
    rows = (shared / "data/text/uz_spoken.tsv").read_text("utf-8").splitlines()[1:]
    return [row.split("\t", 2)[2] for row in rows]


def read_fortunes(debian: Path) -> Iterator[str]:
    """Russian aphorisms and jokes of Debian's fortunes-ru, as they were written, on one line each.

    Without the name of the author; dialogues, verses and those with Latin letters are left out.
    """
    for path in sorted(debian.rglob("fortunes/ru/*.u8")):
        for fortune in path.resolve().read_text("utf-8", errors="replace").split("\n%\n"):
            lines = [line for line in fortune.splitlines() if not line.lstrip().startswith("--")]
            text = " ".join(" ".join(lines).split())
            if text and not any(NOT_PROSE.search(line) for line in lines):
                yield text


def split_sentences(texts: Iterable[str]) -> Iterator[str]:
    """The sentences of Russian texts."""
    for text in texts:
        yield from SENTENCE_END.split(text)
