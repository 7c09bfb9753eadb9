"""Golos, a Russian corpus: folders of recordings, each with a ``manifest.jsonl``."""

from collections.abc import Iterator
from typing import Final, Literal

from pydantic import Field

from ovoz.corpus.manifest import Split
from ovoz.corpus.normal_form import locate_file
from ovoz.corpus.recordings import Recording, RecordingsConfig
from ovoz.corpus.tables import read_table

_COLUMNS: Final = {"name": "id", "audio": "audio_filepath", "text": "text"}


class GolosConfig(RecordingsConfig):
    """Golos unpacked. ``manifests`` are the lists wanted, and their splits.

    It names no speakers: a recording of its train split goes to dev by its own name.
    """

    source: Literal["golos"] = "golos"
    licence: str = "publisher's own; see its page"
    consent: str = "crowd and studio speakers, to the publisher's terms"
    test_share: float = 0.0
    manifests: dict[str, Split | None] = Field(
        default={
            "test/crowd/manifest.jsonl": Split.TEST,
            "test/farfield/manifest.jsonl": Split.TEST,
            "train/manifest.jsonl": None,
        },
        min_length=1,
    )

    @property
    def name(self) -> str:
        """Name in the manifest."""
        return "golos"

    def recordings(self) -> Iterator[Recording]:
        """The rows of the lists; those without words are noise and refused."""
        for manifest, split in self.manifests.items():
            table = self.path / manifest
            for where, row in read_table(table, _COLUMNS, tuple(_COLUMNS)):
                yield Recording(
                    name=row["name"],
                    audio=locate_file(table.parent, row["audio"]),
                    text=row["text"],
                    where=where,
                    split=split,
                    refused="" if row["text"] else "no words: the source has it as noise",
                )
