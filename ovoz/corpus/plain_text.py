"""Plain text for language models: read from files, without what the test speakers say."""

import csv
import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Final

from pydantic import BaseModel, BeforeValidator, ConfigDict, FilePath

from ovoz.text.pack import LanguagePack

SHARED_WORDS: Final = 4
"""So many words in a row in common with a held-out sentence make a line a leak."""


class TextError(ValueError):
    """A text file that cannot be read; the message names it."""


class TextFile(BaseModel):
    """A file of text in UTF-8: one sentence per line, or a column of a table.

    A ``.csv`` has commas and quotes; any other table is separated by tabs, without quotes.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    path: FilePath
    column: str | None = None

    def sha256(self) -> str:
        """Digest of the file, by which a step sees that its text has changed."""
        with self.path.open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()


def _list_folders(files: Any) -> Any:  # noqa: ANN401  (as YAML has it)
    """The files with each folder replaced by its ``.txt`` files, in the order of their names."""
    if isinstance(files, str | Path):
        files = [{"path": files}]
    if not isinstance(files, list | tuple):
        return files
    listed: list[Any] = []
    for file in files:
        path = file.get("path") if isinstance(file, dict) else None
        if path is None or not Path(path).is_dir():
            listed.append(file)
            continue
        found = sorted(Path(path).glob("*.txt"))
        if not found:
            raise ValueError(f"{path}: no .txt file is in this folder")
        listed += [{**file, "path": one} for one in found]
    return listed


TextFiles = Annotated[tuple[TextFile, ...], BeforeValidator(_list_folders)]
"""Files of text, or the path of one; a folder stands for its ``.txt`` files."""


@dataclass(frozen=True, slots=True)
class PlainText:
    """Canonical sentences of a file.

    Attributes:
        path: The file.
        sentences: What was kept, in the order of the file.
        leaked: Number of lines left out, since they share words with a held-out sentence.
        foreign: Number of lines left out, since they have letters that no transcript has.
    """

    path: Path
    sentences: tuple[str, ...]
    leaked: int
    foreign: int

    def __str__(self) -> str:
        return (
            f"{self.path.name}: {len(self.sentences)} sentences; left out {self.leaked} that share"
            f" {SHARED_WORDS} words in a row with dev or test, {self.foreign} with other letters"
        )

    def summarize(self) -> dict[str, int]:
        """The three counts, by name."""
        return {"sentences": len(self.sentences), "leaked": self.leaked, "foreign": self.foreign}


def read_plain_text(file: TextFile, held_out: Iterable[str], pack: LanguagePack) -> PlainText:
    """Read a file, without the lines that would tell a language model the test.

    A line is left out where it is a sentence of ``held_out``, or shares :data:`SHARED_WORDS` words
    in a row with one.

    Args:
        file: What is read.
        held_out: Canonical sentences of the dev and test splits.
        pack: Brings the lines into canonical form.

    Raises:
        TextError: The file cannot be read, or the column is missing.
    """
    held_out, alphabet = set(held_out), set(pack.alphabet)
    known = {run for text in held_out for run in _runs(text)}
    lines = [text for line in _lines(file) if (text := pack.canonical(line))]
    spelled = [text for text in lines if alphabet.issuperset(text)]
    kept = [text for text in spelled if text not in held_out and known.isdisjoint(_runs(text))]
    foreign, leaked = len(lines) - len(spelled), len(spelled) - len(kept)
    return PlainText(file.path, tuple(kept), leaked=leaked, foreign=foreign)


def _lines(file: TextFile) -> Iterator[str]:
    try:
        with file.path.open(encoding="utf-8-sig", newline="") as stream:
            if file.column is None:
                yield from stream
                return
            if file.path.suffix.lower() == ".csv":
                rows = csv.DictReader(stream)
            else:
                rows = csv.DictReader(stream, delimiter="\t", quoting=csv.QUOTE_NONE)
            if file.column not in (rows.fieldnames or ()):
                there = ", ".join(rows.fieldnames or ())
                raise TextError(f"{file.path}: no column {file.column!r}; there are {there}")
            yield from (row[file.column] or "" for row in rows)
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise TextError(f"{file.path}: no readable text in UTF-8: {error}") from error


def _runs(text: str) -> Iterator[tuple[str, ...]]:
    """The runs of :data:`SHARED_WORDS` words."""
    words = text.split()
    return zip(*(words[start:] for start in range(SHARED_WORDS)), strict=False)
