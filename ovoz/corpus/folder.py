"""A plain folder as a source: your own recordings, and a table of what is spoken in them."""

from collections.abc import Iterator
from typing import Final, Literal

from pydantic import Field

from ovoz.corpus.manifest import Condition, Dialect, ManifestError, Split
from ovoz.corpus.normal_form import locate_file
from ovoz.corpus.recordings import Recording, RecordingsConfig
from ovoz.corpus.split_table import UNUSED
from ovoz.corpus.tables import read_table

_REQUIRED: Final = ("audio", "text")
_OPTIONAL: Final = ("speaker", "split", "dialect", "condition")
_SEGMENTS: Final = ("offset", "supervisions")
"""Columns of NeMo and lhotse: a row is a part of a file."""


class FolderConfig(RecordingsConfig):
    """Recordings under ``path``, described by a CSV, TSV or JSONL table.

    The table needs the columns ``audio`` (path relative to ``path``) and ``text``; it may have
    ``speaker``, ``split`` (train, dev, test), ``dialect`` and ``condition``. ``columns`` maps those
    names to other headings. A speaker without a split goes to one whole, by a hash of the name.
    Without speakers every recording counts as a speaker of its own, and the test figures are then
    those of known voices.
    """

    source: Literal["folder"] = "folder"
    table: str = "metadata.csv"
    columns: dict[str, str] = Field(default_factory=dict)

    @property
    def name(self) -> str:
        """Name in the manifest."""
        return f"folder:{self.path.name}"

    def recordings(self) -> Iterator[Recording]:
        """The rows of the table."""
        columns = (*_REQUIRED, *_OPTIONAL, *_SEGMENTS)
        names = {name: self.columns.get(name, name) for name in columns}
        for where, row in read_table(self.path / self.table, names, _REQUIRED):
            if row["offset"] not in {"", "0", "0.0"} or row["supervisions"]:
                raise ManifestError(
                    f"{where} is a part of {row['audio']} (offset, supervisions): cut it into"
                    " a file of its own first, such as by `lhotse cut trim-to-supervisions`"
                )
            try:
                yield Recording(
                    name=row["audio"],
                    audio=locate_file(self.path, row["audio"]),
                    text=row["text"],
                    where=where,
                    speaker=row["speaker"],
                    split=Split(row["split"]) if row["split"] not in {"", UNUSED} else None,
                    refused="the table says that no split has it" if row["split"] == UNUSED else "",
                    dialect=Dialect(row["dialect"] or Dialect.UNKNOWN),
                    condition=Condition(row["condition"] or Condition.CLEAN),
                )
            except ValueError as error:
                raise ManifestError(f"{where}: {error}") from error
