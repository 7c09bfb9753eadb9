"""What every source of recordings gives, and the settings that all of them have."""

import hashlib
from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field

from ovoz.corpus.manifest import Condition, Dialect, Split


@dataclass(frozen=True, slots=True)
class Recording:
    """One recording as its source has it, not yet read.

    ``audio`` is a file, or the bytes of one in any container. ``name`` tells the recording from
    the others of its source and is the same every time. An empty ``speaker`` is unknown: the
    recording then counts as a speaker of its own. ``split`` is None where the source has none.
    ``where`` is what an error message calls the recording's row. ``source``, ``licence`` and
    ``consent`` are the source's own where they are empty.
    """

    name: str
    audio: Path | bytes
    text: str
    where: str
    speaker: str = ""
    split: Split | None = None
    dialect: Dialect = Dialect.UNKNOWN
    condition: Condition = Condition.CLEAN
    source: str = ""
    licence: str = ""
    consent: str = ""

    def stamp(self) -> str:
        """Changes when the recording does; the audio itself is not read."""
        if isinstance(self.audio, bytes):
            audio = hashlib.sha256(self.audio).hexdigest()
        else:
            file = self.audio.stat() if self.audio.is_file() else None
            audio = f"{file.st_size} {file.st_mtime_ns}" if file else "missing"
        return repr(
            (self.name, self.text, self.speaker, self.split, self.dialect, self.licence, audio)
        )


class RecordingsConfig(BaseModel, ABC):
    """Settings of a source of recordings.

    ``licence`` and ``consent`` are written into every row. ``dev_share`` and ``test_share`` are the
    shares of speakers held out where the source has no splits. Recordings over ``max_duration_s``
    are not read. Where more than ``max_missing_share`` of all recordings are not there, nothing is
    brought.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    path: Path
    pack: str = "uz-ru"
    licence: str
    consent: str
    dev_share: float = Field(default=0.05, ge=0, le=0.5)
    test_share: float = Field(default=0.1, ge=0, le=0.5)
    max_duration_s: float = Field(default=30.0, gt=0)
    max_missing_share: float = Field(default=0.05, ge=0, le=1)

    @property
    @abstractmethod
    def name(self) -> str:
        """Name in the manifest's column ``source``."""

    @abstractmethod
    def recordings(self) -> Iterator[Recording]:
        """Every recording in an order that stays the same, none of them read yet.

        Raises:
            ManifestError: A table is missing, or a row cannot be used; the message names it.
        """

    def split_of(self, recording: Recording) -> Split:
        """The source's split, else one by the speaker: the same one whoever else is there."""
        if recording.split is not None:
            return recording.split
        speaker = (recording.speaker or recording.name).encode()
        place = int.from_bytes(hashlib.sha256(speaker).digest()[:8]) / 2**64
        if place < self.test_share:
            return Split.TEST
        return Split.DEV if place < self.test_share + self.dev_share else Split.TRAIN
