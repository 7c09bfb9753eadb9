"""One normal form for what corpora are joined by: speakers, sentences, headings, files."""

import os
import unicodedata
from pathlib import Path


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

    macOS decomposes letters (NFD), Windows separates folders by ``\``; the first form of the name
    that exists is taken, else the name as it is.
    """
    forms = (name, name.replace("\\", "/"))
    for form in forms:
        for unicode_form in (form, *(unicodedata.normalize(to, form) for to in ("NFC", "NFD"))):
            path = folder / unicode_form
            if os.path.isfile(path):  # noqa: PTH113  (false for a name that is too long)
                return path
    return folder / name
