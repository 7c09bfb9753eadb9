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


def share_right(pack: LanguagePack, lines: Iterable[Labelled]) -> float:
    """Share of the words that the pack labels so; prints the others."""
    right = total = 0
    for words, labels in lines:
        found = pack.transcript_languages(words)
        pairs = list(zip(words, found, labels, strict=True))
        right += sum(was == said for _, was, said in pairs)
        total += len(pairs)
        print(*(f"{word}: {was}, not {said}" for word, was, said in pairs if was != said))
    print(f"{right} of {total}")
    return right / total
