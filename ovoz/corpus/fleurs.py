"""FLEURS, as the hub has it: ``data/<language>/<split>.tsv`` and ``audio/<split>.tar.gz``.

The archives are read one after the other as streams and never unpacked. Its tables have neither
heading nor speaker, only a number of the sentence, and the same sentence is read by several people.
"""

import csv
from collections.abc import Iterator
from pathlib import Path
from typing import Final, Literal

from ovoz.corpus.hub import fetch_snapshot, read_members
from ovoz.corpus.manifest import ManifestError, Split
from ovoz.corpus.recordings import Recording, RecordingsConfig

_SPLITS: Final = {"test": Split.TEST, "dev": Split.DEV, "train": Split.TRAIN}
_FILE, _RAW_TEXT, _FIELDS = 1, 2, 7


class FleursConfig(RecordingsConfig):
    """One language of FLEURS. ``path`` is a folder, or the name of the data set on the hub."""

    source: Literal["fleurs"] = "fleurs"
    path: Path = Path("google/fleurs")
    language: str = "uz_uz"
    licence: str = "CC-BY-4.0"
    consent: str = "paid readers, to the publisher's terms"

    @property
    def name(self) -> str:
        """Name in the manifest."""
        return f"fleurs:{self.language}"

    @property
    def is_absent(self) -> bool:
        """Never: what is no folder is looked for on the hub."""
        return False

    def recordings(self) -> Iterator[Recording]:
        """All splits, in the order of their archives."""
        root = fetch_snapshot(self.path, f"data/{self.language}/*") / "data" / self.language
        for name, split in _SPLITS.items():
            texts = _texts(root / f"{name}.tsv")
            for file, audio in read_members(root / "audio" / f"{name}.tar.gz"):
                if file not in texts:
                    continue  # the publisher's tables leave out some of the archive
                where, text = texts[file]
                yield Recording(
                    name=f"{name}-{file}", audio=audio, text=text, where=where, split=split
                )


def _texts(table: Path) -> dict[str, tuple[str, str]]:
    """Place and transcript by file name."""
    texts = {}
    try:
        with table.open(encoding="utf-8", newline="") as stream:
            rows = csv.reader(stream, delimiter="\t", quoting=csv.QUOTE_NONE)
            for number, row in enumerate(rows, start=1):
                if len(row) < _FIELDS:
                    raise ManifestError(f"{table}: row {number} has {len(row)} fields, not 7")
                texts[row[_FILE]] = (f"{table}: row {number}", row[_RAW_TEXT])
    except (OSError, UnicodeDecodeError) as error:
        raise ManifestError(f"{table}: not a readable table: {error}") from error
    return texts
