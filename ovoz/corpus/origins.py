"""Where the rows of a corpus come from: the source's row and file of each id."""

from pathlib import Path
from typing import Final, NamedTuple

import pyarrow as pa
import pyarrow.parquet as pq

ORIGINS_FILE: Final = "origins.parquet"
"""Name of the table within the folder of a corpus."""

ORIGINS_SCHEMA: Final = pa.schema(
    [(name, pa.string()) for name in ("id", "row", "path", "marks")]
).append(pa.field("lost_s", pa.float64()))


class Origin(NamedTuple):
    """A row as its source has it: where the source names it, and its file.

    ``marks`` are the kinds of marks that its transcript was relieved of, separated by blanks.
    ``lost_s`` is the length that the file states and that could not be decoded.
    """

    row: str = ""
    path: str = ""
    marks: str = ""
    lost_s: float = 0.0


def read_origins(folder: Path) -> dict[str, Origin]:
    """The origin of each id of a corpus; empty for a corpus that no source was brought into."""
    path = folder / ORIGINS_FILE
    if not path.is_file():
        return {}
    return {row.pop("id"): Origin(**row) for row in pq.read_table(path).to_pylist()}
