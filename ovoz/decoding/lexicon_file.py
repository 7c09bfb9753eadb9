"""The file of a lexicon: one word per line, UTF-8."""

from collections.abc import Iterable
from pathlib import Path
from typing import Final

LEXICON_FILE: Final = "lexicon.txt"


def write_lexicon(words: Iterable[str], path: Path) -> None:
    """Write a lexicon, sorted, each word once."""
    path.write_text("".join(f"{word}\n" for word in sorted(set(words))), encoding="utf-8")


def read_lexicon(path: Path) -> tuple[str, ...]:
    """Words of a lexicon file; empty when there is none."""
    return tuple(path.read_text(encoding="utf-8").split()) if path.is_file() else ()
