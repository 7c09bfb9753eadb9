"""Recordings that nobody has transcribed: every audio file of a folder."""

from collections.abc import Iterator
from typing import Literal

from ovoz.corpus.file_search import list_audio
from ovoz.corpus.manifest import Split
from ovoz.corpus.recordings import Recording, RecordingsConfig


class AudioFilesConfig(RecordingsConfig):
    """Files under ``path`` that match ``audio``; the folder of a file is its speaker.

    Links are followed, and ``*.wav`` matches ``A.WAV`` too. Audio files that do not match are named
    among the dropped rows.

    Their rows have no text: they are for pseudo-labelling, validation sets them aside.
    """

    source: Literal["audio_files"] = "audio_files"
    audio: str = "*.wav"

    @property
    def name(self) -> str:
        """Name in the manifest."""
        return f"audio_files:{self.path.name}"

    def recordings(self) -> Iterator[Recording]:
        """Every file that matches, by name."""
        for found in list_audio(self.path, self.audio):
            place = found.path.relative_to(self.path)
            yield Recording(
                name=place.as_posix().replace("/", "-"),
                audio=found.path,
                text="",
                where=str(found.path),
                refused=found.fault,
                speaker=place.parent.as_posix() if place.parent.name else "",
                split=Split.TRAIN,
            )
