"""Recordings that nobody has transcribed: every audio file of a folder."""

from collections.abc import Iterator
from typing import Literal

from ovoz.corpus.manifest import ManifestError, Split
from ovoz.corpus.recordings import Recording, RecordingsConfig


class AudioFilesConfig(RecordingsConfig):
    """Files under ``path`` that match ``audio``; the folder of a file is its speaker.

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
        found = sorted(self.path.rglob(self.audio))
        if not found:
            raise ManifestError(f"{self.path}: no {self.audio} in it")
        for audio in found:
            place = audio.relative_to(self.path)
            yield Recording(
                name=place.as_posix().replace("/", "-"),
                audio=audio,
                text="",
                where=str(audio),
                speaker=place.parent.as_posix() if place.parent.name else "",
                split=Split.TRAIN,
            )
