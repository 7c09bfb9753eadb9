"""Where the rows of a corpus come from: the source's row and file of each id."""

from pathlib import Path
from typing import Final, NamedTuple

import pyarrow as pa
import pyarrow.parquet as pq

ORIGINS_FILE: Final = "origins.parquet"
"""Name of the table within the folder of a corpus."""

ORIGINS_SCHEMA: Final = pa.schema([(name, pa.string()) for name in ("id", "row", "path")])


class Origin(NamedTuple):
    """A row as its source has it: where the source names it, and its file."""

    row: str = ""
    path: str = ""


def read_origins(folder: Path) -> dict[str, Origin]:
    """The origin of each id of a corpus; empty for a corpus that no source was brought into."""
    path = folder / ORIGINS_FILE
    if not path.is_file():
        return {}
    return {row["id"]: Origin(row["row"], row["path"]) for row in pq.read_table(path).to_pylist()}
