"""FeruzaSpeech: sixty hours of read Uzbek by one woman of Tashkent (Povey and Povey, 2024).

The data set has ``train.tsv``, ``dev.tsv`` and ``test.tsv`` with the columns ``audio`` (a path
below the tables), ``text_latin`` and ``text_cyrillic``.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Literal

from pydantic import Field

from ovoz.corpus.hub import fetch_snapshot
from ovoz.corpus.manifest import Dialect, Split
from ovoz.corpus.recordings import Recording, RecordingsConfig
from ovoz.corpus.tables import read_table


class FeruzaSpeechConfig(RecordingsConfig):
    """The data set on the hub, or a folder with its layout.

    ``tables`` are those wanted, with their splits. Only the training table is taken by default: a
    test on the only voice would be one on a known voice, and ``speaker-leak`` refuses it.
    """

    source: Literal["feruza_speech"] = "feruza_speech"
    path: Path = Path("k2speech/FeruzaSpeech")
    licence: str = "academic research"
    consent: str = "the reader, to the publisher's terms"
    alphabet: Literal["latin", "cyrillic"] = "latin"
    tables: dict[str, Split] = Field(default={"train.tsv": Split.TRAIN}, min_length=1)

    @property
    def name(self) -> str:
        """Name in the manifest."""
        return "feruza_speech"

    @property
    def is_absent(self) -> bool:
        """Never: what is no folder is looked for on the hub."""
        return False

    def recordings(self) -> Iterator[Recording]:
        """The rows of the tables, with the voice and the dialect that no column says."""
        root = fetch_snapshot(
            self.path, *self.tables, *(f"{Path(one).stem}/*" for one in self.tables)
        )
        columns = {"audio": "audio", "text": f"text_{self.alphabet}"}
        for table, split in self.tables.items():
            for where, row in read_table(root / table, columns, tuple(columns)):
                yield Recording(
                    name=row["audio"],
                    audio=root / row["audio"],
                    text=row["text"],
                    where=where,
                    speaker="feruza",
                    split=split,
                    dialect=Dialect.TASHKENT,
                )
