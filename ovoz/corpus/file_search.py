"""Files below a folder, in the folders that links lead to as well."""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Final

from ovoz.corpus.manifest import ManifestError

# fmt: off
AUDIO_ENDINGS: Final = frozenset((
    ".3gp", ".aac", ".aif", ".aiff", ".amr", ".au", ".caf", ".flac", ".m4a", ".m4b",
    ".mka", ".mkv", ".mov", ".mp2", ".mp3", ".mp4", ".oga", ".ogg", ".opus", ".sph",
    ".spx", ".wav", ".webm", ".wma", ".wv",
))
# fmt: on
"""Endings of recordings, in small letters; files with another one are not taken for audio."""


@dataclass(frozen=True, slots=True)
class FoundAudio:
    """A file that may be a recording; ``fault`` says why it is not read."""

    path: Path
    fault: str = ""


def find_files(folder: Path) -> Iterator[Path]:
    """Every file below ``folder``, sorted by path; hidden files and folders are omitted.

    ``Path.rglob`` does not follow links to folders before Python 3.13. A folder that links lead to
    again from within itself is searched once.

    Raises:
        OSError: A folder cannot be read.
    """
    yield from sorted(_search(folder, frozenset(), None))


def list_audio(folder: Path, pattern: str) -> list[FoundAudio]:
    """Files below ``folder`` whose names match ``pattern`` in capital or small letters, by path.

    Other audio files, links that lead nowhere, and folders that may not be read have a ``fault``.

    Raises:
        ManifestError: ``folder`` itself cannot be read, or nothing in it matches.
    """
    found: list[FoundAudio] = []
    for path in _search(folder, frozenset(), found):
        if fnmatchcase(path.name.casefold(), pattern.casefold()):
            found.append(FoundAudio(path))
        elif path.suffix.lower() in AUDIO_ENDINGS:
            found.append(FoundAudio(path, f"its name does not match {pattern!r} (setting audio)"))
    if all(one.fault for one in found):
        raise ManifestError(f"{folder}: no {pattern} in it{_explain(found)}")
    return sorted(found, key=lambda one: one.path)


def _explain(found: list[FoundAudio]) -> str:
    return f"; {found[0].path}: {found[0].fault}" if found else ""


def _search(
    folder: Path, above: frozenset[Path], refused: list[FoundAudio] | None
) -> Iterator[Path]:
    real = folder.resolve()
    if real in above:
        return
    try:
        entries = list(os.scandir(folder))
    except OSError as error:
        if refused is None:
            raise
        refused.append(FoundAudio(folder, f"the folder cannot be read: {error.strerror}"))
        return
    for entry in entries:
        if entry.name.startswith("."):
            continue
        if os.path.isdir(entry.path):  # noqa: PTH112  (false for a link to itself)
            yield from _search(Path(entry.path), above | {real}, refused)
        elif os.path.isfile(entry.path):  # noqa: PTH113
            yield Path(entry.path)
        elif refused is not None and Path(entry.name).suffix.lower() in AUDIO_ENDINGS:
            refused.append(FoundAudio(Path(entry.path), "the link leads to no file"))
