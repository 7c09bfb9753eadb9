"""The audit trail of actions: JSON lines that are only ever added to.

It is also all that is remembered from one look to the next: whether an alarm stands, and when an
action was taken last.
"""

import datetime as dt
import os
from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import Final

from filelock import FileLock, Timeout
from pydantic import BaseModel, ConfigDict, ValidationError

_PATIENCE_S: Final = 30.0


class Kind(StrEnum):
    """What happened."""

    RAISED = "raised"
    CLEARED = "cleared"
    BEGUN = "begun"
    """An action is about to be taken: what a kill interrupts is not taken twice."""
    DONE = "done"
    FAILED = "failed"
    TRAINING_SUCCEEDED = "training-succeeded"
    TRAINING_FAILED = "training-failed"
    TRAINING_KILLED = "training-killed"


TRAINING_ENDS: Final = frozenset(
    (Kind.TRAINING_SUCCEEDED, Kind.TRAINING_FAILED, Kind.TRAINING_KILLED)
)
"""How a training that was started, and so done as an action, came to its end."""
_TRAIN: Final = "train "
"""Keys of actions that start a training begin with this."""


class Event(BaseModel):
    """One line. ``day`` is the last day that was looked at, ``at`` the time of the look (UTC)."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    at: dt.datetime
    day: dt.date
    model_version: str
    kind: Kind
    action: str = ""
    told: str = ""


class TrailError(ValueError):
    """A trail that cannot be read; the message names the file and the line."""


class Trail:
    """The trail in ``file``, which need not be there yet.

    Raises:
        TrailError: A line of it is none of ours.
        OSError: It cannot be read.
    """

    def __init__(self, file: Path) -> None:
        self._file = file
        self.events = _read(file)

    @property
    def raised_on(self) -> dt.date | None:
        """The day of the look that raised the alarm; None where none stands."""
        for event in reversed(self.events):
            if event.kind is Kind.RAISED:
                return event.day
            if event.kind is Kind.CLEARED:
                return None
        return None

    def last_taken(self, action: str) -> dt.date | None:
        """The day of the look that took an action last; one that failed was not taken."""
        taken: dt.date | None = None
        begun: dt.date | None = None
        for event in self.events:
            if event.action == action:
                begun = event.day if event.kind is Kind.BEGUN else None
                if event.kind is Kind.DONE or event.kind in TRAINING_ENDS:
                    taken = event.day
        return begun or taken

    @property
    def running_training(self) -> Event | None:
        """The start of a training whose end is not written down; None where there is none."""
        for event in reversed(self.events):
            if event.kind in TRAINING_ENDS:
                return None
            if event.kind is Kind.DONE and event.action.startswith(_TRAIN):
                return event
        return None

    @property
    def last_training(self) -> Event | None:
        """The end of the training that ended last."""
        return next((one for one in reversed(self.events) if one.kind in TRAINING_ENDS), None)

    def append(self, event: Event) -> None:
        """Add an event; it is on the disk when this returns.

        Raises:
            OSError: It cannot be written.
        """
        self._file.parent.mkdir(parents=True, exist_ok=True)
        with self._file.open("a+b") as stream:
            # What a kill or a full disk cut off becomes a line of its own, which is passed over.
            torn = stream.seek(0, os.SEEK_END) and not _ends_whole(self._file)
            stream.write((b"\n" if torn else b"") + event.model_dump_json().encode() + b"\n")
            stream.flush()
            os.fsync(stream.fileno())
        self.events.append(event)


@contextmanager
def open_trail(file: Path, patience_s: float = _PATIENCE_S) -> Iterator[Trail]:
    """The trail, for one process at a time; another one is waited for, ``patience_s`` at most.

    Raises:
        TrailError: A line of it is none of ours, or another look is at work.
        OSError: It cannot be read.
    """
    file.parent.mkdir(parents=True, exist_ok=True)
    lock = FileLock(file.with_name(f".{file.name}.lock"))
    try:
        lock.acquire(timeout=patience_s)
    except Timeout as error:
        raise TrailError(f"{file}: another look acts just now; run this again later") from error
    try:
        yield Trail(file)
    finally:
        lock.release()


def _ends_whole(file: Path) -> bool:
    with file.open("rb") as stream:
        stream.seek(-1, os.SEEK_END)
        return stream.read(1) == b"\n"


def _read(file: Path) -> list[Event]:
    try:
        lines = file.read_bytes().splitlines()
    except FileNotFoundError:
        return []
    events = []
    for number, line in enumerate(lines, start=1):
        try:
            events.append(Event.model_validate_json(line))
        except ValidationError as error:
            if _is_torn(line):
                continue
            raise TrailError(
                f"{file}: line {number} is none of an audit trail: move the file away, or mend it"
            ) from error
    return events


def _is_torn(line: bytes) -> bool:
    """Whether a line is the beginning of one of ours: events end with a brace."""
    return line.startswith(b'{"at"') and not line.endswith(b"}")
