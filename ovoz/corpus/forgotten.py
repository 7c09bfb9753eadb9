"""Speakers who withdrew their consent: taken out of corpora, and not brought again."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from ovoz.corpus.corpus_record import list_audio
from ovoz.corpus.dropped import DROPPED_FILE, read_dropped, write_dropped
from ovoz.corpus.normal_form import normalize_name
from ovoz.corpus.origins import ORIGINS_FILE
from ovoz.files import atomic_file, write_text

FORGOTTEN_FILE: Final = "forgotten.txt"
"""List of forgotten speakers beside the folder of the corpus."""

_DIGITS: Final = 32
_HEADING: Final = "# Digests of speakers whose recordings are not brought (`ovoz forget`)."


@dataclass(frozen=True, slots=True)
class Removed:
    """What was removed of one folder: rows of its manifest, and audio files."""

    rows: int = 0
    files: int = 0


def digest_speaker(speaker: str) -> str:
    """A speaker without the name; equal for names that are one speaker."""
    return hashlib.sha256(f"speaker {normalize_name(speaker)}".encode()).hexdigest()[:_DIGITS]


def read_forgotten(path: Path) -> tuple[str, ...]:
    """Digests of the forgotten speakers, sorted; none where there is no list."""
    if not path.is_file():
        return ()
    lines = path.read_text("utf-8").split("\n")
    return tuple(sorted({line.strip() for line in lines if line.strip() and line[0] != "#"}))


def add_forgotten(path: Path, speaker: str) -> None:
    """Add a speaker to the list, which holds digests alone.

    Raises:
        OSError: The list cannot be written.
    """
    digests = sorted({*read_forgotten(path), digest_speaker(speaker)})
    write_text(path, "\n".join([_HEADING, *digests]) + "\n")


def holds_speaker(manifest: Path, speaker: str) -> bool:
    """Whether a row of a Parquet manifest is of the speaker; false for another kind of table."""
    try:
        speakers = pq.read_table(manifest, columns=["speaker"])["speaker"].unique().to_pylist()
    except (OSError, pa.ArrowException, KeyError):
        return False
    return normalize_name(speaker) in map(normalize_name, filter(None, speakers))


def remove_speaker(folder: Path, speaker: str) -> Removed:
    """Remove a speaker from a corpus: the manifests, origins and dropped rows, and the audio.

    Audio that a row of another speaker has too stays.

    Raises:
        OSError: The folder cannot be written.
    """
    wanted, rows, ids = normalize_name(speaker), 0, set()
    for manifest in _manifests(folder):
        table = pq.read_table(manifest)
        theirs = [normalize_name(name or "") == wanted for name in table["speaker"].to_pylist()]
        ids |= set(table.filter(pa.array(theirs))["id"].to_pylist())
        rows = max(rows, sum(theirs))
        if any(theirs):
            _write(manifest, table.filter(pc.invert(pa.array(theirs))))
    origins = folder / ORIGINS_FILE
    if origins.is_file() and ids:
        table = pq.read_table(origins)
        of_others = [row_id not in ids for row_id in table["id"].to_pylist()]
        _write(origins, table.filter(pa.array(of_others)))
    dropped = read_dropped(folder / DROPPED_FILE)
    kept = [row for row in dropped if normalize_name(row.speaker) != wanted]
    if len(kept) < len(dropped):
        write_dropped(folder / DROPPED_FILE, kept)
    return Removed(rows, _remove_unnamed_audio(folder))


def _manifests(folder: Path) -> Iterator[Path]:
    """Tables of utterances in a corpus's folder: the manifest, and parts of it."""
    for path in sorted(folder.glob("*.parquet")):
        if {"id", "speaker", "audio"} <= set(pq.read_schema(path).names):
            yield path


def _write(path: Path, table: pa.Table) -> None:
    with atomic_file(path) as unfinished:
        pq.write_table(table, unfinished)


def _remove_unnamed_audio(folder: Path) -> int:
    named: set[str] = set()
    for manifest in _manifests(folder):
        named |= set(pq.read_table(manifest, columns=["audio"])["audio"].to_pylist())
    unnamed = list_audio(folder) - named
    for audio in unnamed:
        (folder / audio).unlink()
    return len(unnamed)
