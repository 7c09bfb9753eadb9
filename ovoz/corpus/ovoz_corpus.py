"""A corpus that Ovoz wrote, taken into another one: an older one, a synthetic or a labelled one."""

from collections.abc import Iterator
from typing import Literal

from ovoz.corpus.manifest import read_manifest
from ovoz.corpus.recordings import Recording, RecordingsConfig


class OvozCorpusConfig(RecordingsConfig):
    """The folder of a corpus; what its rows say of source, licence and consent stays."""

    source: Literal["ovoz_corpus"] = "ovoz_corpus"
    manifest: str = "manifest.parquet"
    licence: str = "of each row"
    consent: str = "of each row"

    @property
    def name(self) -> str:
        """Name in the manifest, for rows without one of their own."""
        return f"ovoz_corpus:{self.path.name}"

    def recordings(self) -> Iterator[Recording]:
        """The rows of the manifest."""
        manifest = self.path / self.manifest
        for number, row in enumerate(read_manifest(manifest)):
            yield Recording(
                name=row.id,
                audio=self.path / row.audio,
                text=row.raw_text,
                where=f"{manifest}: row {number}",
                speaker=row.speaker,
                split=row.split,
                dialect=row.dialect,
                condition=row.condition,
                source=row.source,
                licence=row.licence,
                consent=row.consent,
            )
