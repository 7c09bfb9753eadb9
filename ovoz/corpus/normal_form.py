"""One normal form for what corpora are joined by: speakers, sentences, headings, files."""

import os
import unicodedata
from collections.abc import Iterator
from pathlib import Path
from typing import Final

_CODE_PAGES: Final = ("cp866", "cp1251")
"""Of file names in archives that Russian and Uzbek Windows packed."""


def normalize_name(name: str) -> str:
    """A name without differences that nobody means: Unicode form, case, and blanks around words."""
    return " ".join(unicodedata.normalize("NFKC", name).casefold().split())


def escape_undecodable(text: str) -> str:
    r"""Text that UTF-8 can hold: bytes of file names in other code pages become ``\udcXX``."""
    return text.encode("utf-8", "backslashreplace").decode("utf-8")


def cell_text(value: object) -> str:
    """A cell of a table as text; empty for what is missing (None, NaN). A zero is a value."""
    return "" if value is None or value != value else str(value).strip()


def locate_file(folder: Path, name: str) -> Path:
    r"""The file that a table names, in whatever form its file system wrote the name.

    macOS decomposes letters (NFD), Windows separates folders by ``\``; archives that Windows packed
    have names in a Cyrillic code page, which tools unpack as those bytes or read as cp437. The
    first form of the name that exists is taken, else the name as it is.
    """
    for form in dict.fromkeys((name, name.replace("\\", "/"))):
        for written in _written_forms(form):
            path = folder / written
            if os.path.isfile(path):  # noqa: PTH113  (false for a name that is too long)
                return path
    return folder / name


def _written_forms(name: str) -> Iterator[str]:
    yield name
    yield from (unicodedata.normalize(form, name) for form in ("NFC", "NFD"))
    if name.isascii():
        return
    for page in _CODE_PAGES:
        try:
            content = name.encode(page)
        except UnicodeEncodeError:
            continue
        yield os.fsdecode(content)
        yield content.decode("cp437")
