"""LJSpeech, and corpora in its form: ``metadata.csv`` (``id|text|spoken text``) and ``wavs/``."""

from collections.abc import Iterator
from typing import Literal

from ovoz.corpus.manifest import ManifestError
from ovoz.corpus.normal_form import locate_file
from ovoz.corpus.recordings import Recording, RecordingsConfig
from ovoz.corpus.tables import detect_encoding


class LJSpeechConfig(RecordingsConfig):
    """One voice. Fields are separated by ``|``, and quotation marks are text.

    The last field is taken, in which figures and abbreviations are written out. ``speaker`` names
    the voice.
    """

    source: Literal["lj_speech"] = "lj_speech"
    table: str = "metadata.csv"
    folder: str = "wavs"
    ending: str = ".wav"
    speaker: str = "lj"

    @property
    def name(self) -> str:
        """Name in the manifest."""
        return f"lj_speech:{self.path.name}"

    def recordings(self) -> Iterator[Recording]:
        """The lines of the table."""
        table = self.path / self.table
        try:
            with table.open(encoding=detect_encoding(table)) as stream:
                for number, line in enumerate(stream, start=1):
                    if line.strip():
                        yield self._recording(line, f"{table}: line {number}")
        except (OSError, UnicodeDecodeError) as error:
            raise ManifestError(f"{table}: not a readable table: {error}") from error

    def _recording(self, line: str, where: str) -> Recording:
        fields = [field.strip() for field in line.split("|")]
        if len(fields) < 2:
            raise ManifestError(f"{where} has no '|' between id and text: {line.strip()[:60]}")
        name = fields[0]
        return Recording(
            name=name,
            audio=locate_file(self.path / self.folder, f"{name}{self.ending}"),
            text=next((text for text in reversed(fields[1:]) if text), ""),
            where=where,
            speaker=self.speaker,
        )
