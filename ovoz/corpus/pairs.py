"""Corpora that keep each transcript in a text file beside its recording.

So does USC, the Uzbek Speech Corpus of ISSAI: ``<split>/<name>.wav`` with ``<split>/<name>.txt``.
"""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

from pydantic import Field, field_validator

from ovoz.corpus.file_search import list_audio
from ovoz.corpus.manifest import Split
from ovoz.corpus.recordings import Recording, RecordingsConfig
from ovoz.corpus.tables import detect_encoding


class _PairedFilesConfig(RecordingsConfig):
    """Recordings with a text file each, in one folder a split.

    ``folders`` names the splits' folders; an empty name is ``path`` itself. ``speaker`` is a
    pattern whose first group, found in the file's name without its ending, is the speaker.
    """

    source: str
    folders: dict[str, Split | None] = Field(default={"": None}, min_length=1)
    audio: str = "*.wav"
    speaker: str | None = None

    @field_validator("speaker")
    @classmethod
    def _has_a_group(cls, pattern: str | None) -> str | None:
        if pattern is not None and re.compile(pattern).groups < 1:
            raise ValueError(f"speaker {pattern!r} needs a group around what names the speaker")
        return pattern

    @property
    def name(self) -> str:
        """Name in the manifest."""
        return f"{self.source}:{self.path.name}"

    def recordings(self) -> Iterator[Recording]:
        """Every recording that matches, by folder and name."""
        for folder, split in self.folders.items():
            for found in list_audio(self.path / folder, self.audio):
                audio, text = found.path, _find_transcript(found.path)
                said, fault = ("", found.fault) if found.fault else _read_transcript(text)
                named = re.search(self.speaker, audio.stem) if self.speaker else None
                yield Recording(
                    name=audio.relative_to(self.path).as_posix().replace("/", "-"),
                    audio=audio,
                    text=said,
                    where=str(text),
                    speaker=named[1] if named else "",
                    split=split,
                    refused=fault,
                )


def _find_transcript(audio: Path) -> Path:
    """The text file beside a recording; its ending may be in capital letters too."""
    beside = [audio.with_suffix(ending) for ending in (".txt", ".TXT")]
    return next((text for text in beside if text.is_file()), beside[0])


def _read_transcript(path: Path) -> tuple[str, str]:
    """A transcript, and what is wrong with it; empty when nothing is."""
    try:
        return path.read_text(detect_encoding(path)).strip(), ""
    except (OSError, ValueError) as error:
        return "", f"no readable transcript: {error}"


class PairsConfig(_PairedFilesConfig):
    """Recordings with a text file each; see ``folders``, ``audio`` and ``speaker``."""

    source: Literal["pairs"] = "pairs"


class UscConfig(_PairedFilesConfig):
    """USC as published: folders ``train``, ``dev`` and ``test``."""

    source: Literal["usc"] = "usc"
    licence: str = "MIT"
    consent: str = "volunteers, to the publisher's terms"
    folders: dict[str, Split | None] = Field(
        default={"test": Split.TEST, "dev": Split.DEV, "train": Split.TRAIN}, min_length=1
    )
