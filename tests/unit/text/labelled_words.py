"""Reads lists of words that were labelled by hand, and scores a pack on them."""

from collections.abc import Iterable
from pathlib import Path

from ovoz.text.pack import LanguagePack

Labelled = tuple[list[str], list[str]]


def read_labelled(path: Path) -> Iterable[Labelled]:
    """Words and labels of each line: its language, then ``word`` or ``word/label``."""
    for line in path.read_text("utf-8").splitlines():
        if not line.startswith("#"):
            default, *tokens = line.split()
            pairs = [token.partition("/") for token in tokens]
            yield [word for word, _, _ in pairs], [label or default for _, _, label in pairs]


def find_wrong(pack: LanguagePack, lines: Iterable[Labelled]) -> tuple[list[str], int]:
    """The words that the pack labels otherwise, with both labels, and the number of all words."""
    wrong, total = [], 0
    for words, labels in lines:
        found = pack.transcript_languages(words)
        total += len(words)
        pairs = zip(words, found, labels, strict=True)
        wrong += [f"{word}: {was}, not {said}" for word, was, said in pairs if was != said]
    return wrong, total
