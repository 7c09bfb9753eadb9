"""A plain folder as a source: your own recordings, and a table of what is spoken in them."""

from collections.abc import Iterator, Mapping
from typing import Final, Literal

from pydantic import Field

from ovoz.audio.signal import Seconds
from ovoz.corpus.file_segments import FileSegment
from ovoz.corpus.manifest import Condition, Dialect, ManifestError, Split
from ovoz.corpus.normal_form import locate_file
from ovoz.corpus.recordings import Recording, RecordingsConfig
from ovoz.corpus.split_table import UNUSED
from ovoz.corpus.tables import read_table

_REQUIRED: Final = ("audio", "text")
_OPTIONAL: Final = ("speaker", "split", "dialect", "condition", "supervisions")
_PARTS: Final = ("offset", "duration")
"""Columns of NeMo: a row is a part of a file. ``duration`` alone describes the file."""


class FolderConfig(RecordingsConfig):
    """Recordings under ``path``, described by a CSV, TSV or JSONL table.

    The table needs the columns ``audio`` (path relative to ``path``) and ``text``; it may have
    ``speaker``, ``split`` (train, dev, test), ``dialect`` and ``condition``. ``columns`` maps those
    names to other headings. A row with an ``offset`` (seconds, 0 too) is the part of its file that
    starts there and lasts ``duration``, as NeMo writes it. A speaker without a split goes to one
    whole, by a hash of the name. Without speakers every recording counts as a speaker of its own,
    and the test figures are then those of known voices.
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
        columns = (*_REQUIRED, *_OPTIONAL, *_PARTS)
        names = {name: self.columns.get(name, name) for name in columns}
        for where, row in read_table(self.path / self.table, names, _REQUIRED):
            if row["supervisions"]:
                raise ManifestError(
                    f"{where} is a cut of lhotse (supervisions): read the folder as source lhotse"
                )
            try:
                segment = _read_segment(row)
                yield Recording(
                    name=f"{row['audio']}#t={segment}" if segment else row["audio"],
                    audio=locate_file(self.path, row["audio"]),
                    text=row["text"],
                    where=where,
                    # Parts of a file without a speaker are one voice, as far as anybody knows.
                    speaker=row["speaker"] or (row["audio"] if segment else ""),
                    split=Split(row["split"]) if row["split"] not in {"", UNUSED} else None,
                    refused="the table says that no split has it" if row["split"] == UNUSED else "",
                    dialect=Dialect(row["dialect"] or Dialect.UNKNOWN),
                    condition=Condition(row["condition"] or Condition.CLEAN),
                    segment=segment,
                    stated_s=None if segment else _read_seconds(row["duration"]),
                )
            except ValueError as error:
                raise ManifestError(f"{where}: {error}") from error


def _read_segment(row: Mapping[str, str]) -> FileSegment | None:
    """The part of its file that a row is; None for a whole file.

    Raises:
        ValueError: The offset is no number, or nothing lies between start and end.
    """
    if not row["offset"]:
        return None
    start_s, lasts_s = float(row["offset"]), _read_seconds(row["duration"])
    return FileSegment(start_s, start_s + lasts_s if lasts_s else None)


def _read_seconds(cell: str) -> Seconds | None:
    """A length in seconds; None for what is none, such as ``00:03``."""
    try:
        return float(cell) or None
    except ValueError:
        return None
