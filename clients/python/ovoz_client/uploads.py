"""Recordings as parts of a form."""

import os
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import IO

Recording = str | os.PathLike[str] | bytes | IO[bytes]
"""A path, the content of a file, or an open file that can be rewound."""
Part = tuple[str, tuple[str, bytes | IO[bytes]]]


@contextmanager
def opened(recordings: Sequence[Recording], field: str) -> Iterator[list[Part]]:
    """The parts of a form; files that were opened here are closed again.

    Raises:
        OSError: A file cannot be opened.
        ValueError: An open file cannot be rewound, which another try would need.
    """
    with ExitStack() as files:
        yield [(field, _part(recording, files)) for recording in recordings]


def _part(recording: Recording, files: ExitStack) -> tuple[str, bytes | IO[bytes]]:
    if isinstance(recording, bytes):
        return "recording", recording
    if isinstance(recording, str | os.PathLike):
        path = Path(recording)
        return path.name, files.enter_context(path.open("rb"))
    if not recording.seekable():
        raise ValueError("an open file must be seekable: pass its content as bytes")
    name = getattr(recording, "name", None)
    return Path(name).name if isinstance(name, str) else "recording", recording
