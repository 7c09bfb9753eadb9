"""What every source of recordings gives, and the settings that all of them have."""

import hashlib
from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Final

from pydantic import BaseModel, ConfigDict, Field

from ovoz.audio.signal import Seconds
from ovoz.corpus.file_segments import FileSegment
from ovoz.corpus.manifest import Condition, Dialect, Split
from ovoz.corpus.normal_form import escape_undecodable, normalize_name
from ovoz.corpus.splits import STRICT, UnseenRules
from ovoz.text.pack import DEFAULT_PACK

_OUTSIDE: Final = ("audio", "where")
"""Fields that a stamp leaves out: where things lie decides nothing."""


@dataclass(frozen=True, slots=True)
class Recording:
    """One recording as its source has it, not yet read.

    ``audio`` is a file, or the bytes of one in any container; with ``segment`` the recording is
    that part of the file. ``stated_s`` is the length that the source states where it gives no
    segment: of a file that is much longer, the row may be a part. ``name`` tells the recording from
    the others of its source and is the same every time. An empty ``speaker`` is unknown: the
    recording then counts as a speaker of its own. ``split`` is None where the source has none.
    ``where`` is what an error message calls the recording's row. ``source``, ``licence`` and
    ``consent`` are the source's own where they are empty. ``refused`` says why the source does not
    give the recording away (no consent, no text); such a row is named and not brought.
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
    refused: str = ""
    segment: FileSegment | None = None
    stated_s: Seconds | None = None

    def stamp(self) -> bytes:
        """Changes when the recording does; the audio itself is not read."""
        told = [getattr(self, field.name) for field in fields(self) if field.name not in _OUTSIDE]
        return repr([*told, self._audio_stamp()]).encode("utf-8", "backslashreplace")

    def _audio_stamp(self) -> str:
        if isinstance(self.audio, bytes):
            return hashlib.sha256(self.audio).hexdigest()
        try:
            file = self.audio.stat()
        except (OSError, ValueError):  # not there, or of a name that no file system takes
            return "missing"
        # The time of the last change of the entry: size and time of the content can be forged.
        return f"{file.st_size} {file.st_mtime_ns} {file.st_ctime_ns}"


class RecordingsConfig(BaseModel, ABC):
    """Settings of a source of recordings.

    ``licence`` and ``consent`` are written into every row. ``dev_share`` and ``test_share`` are the
    shares of the rows held out where the source has no splits (``ovoz/corpus/splits.py``).
    Recordings over ``max_duration_s`` are not read. Where more than ``max_missing_share`` of all
    recordings are not there, nothing is brought. ``unseen`` is what training must not have seen of
    the splits that are planned; a profile gives it the rules of ``validation``. ``forgotten`` are
    digests of speakers who are not brought (``ovoz/corpus/forgotten.py``); the list beside the
    corpus fills it.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    path: Path
    pack: str = DEFAULT_PACK
    licence: str
    consent: str
    dev_share: float = Field(default=0.05, ge=0, le=0.5)
    test_share: float = Field(default=0.1, ge=0, le=0.5)
    max_duration_s: float = Field(default=30.0, gt=0)
    max_missing_share: float = Field(default=0.05, ge=0, le=1)
    unseen: UnseenRules = Field(default_factory=lambda: dict(STRICT))
    forgotten: tuple[str, ...] = Field(default=(), exclude=True)

    @property
    def is_absent(self) -> bool:
        """Whether the recordings lie in a folder that is not here; one on a hub is not absent."""
        return not self.path.exists()

    def speaker_of(self, recording: Recording, *, apart: bool) -> str:
        """A recording's speaker in the manifest; one who is unknown is the recording itself.

        Where sources are ``apart``, their numbers and names are not the same people.
        """
        speaker = escape_undecodable(normalize_name(recording.speaker or recording.name))
        return f"{self.name}/{speaker}" if apart and not recording.source else speaker

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
