"""What sources hold before anything is decoded: counts, licences, what is missing."""

import hashlib
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Final

from ovoz.code_closure import digest_code, find_code_closure
from ovoz.corpus.dropped import DroppedRow
from ovoz.corpus.forgotten import digest_speaker
from ovoz.corpus.manifest import ManifestError, Split
from ovoz.corpus.recordings import Recording, RecordingsConfig
from ovoz.text.pack import list_outside_files

_INGESTION: Final = "ovoz.corpus.ingestion"
_GONE: Final = "its speaker withdrew (`ovoz forget`)"
_DECODERS: Final = ("av", "soundfile", "soxr")


@dataclass(frozen=True, slots=True)
class Survey:
    """What the sources hold.

    ``fingerprint`` changes with everything that decides the corpus: settings, rows, files, the
    language pack, the decoder and the code of ingestion. ``splits`` are those that the rows of each
    source have; None among them where a row has none.
    """

    total: int
    fingerprint: str
    dropped: list[DroppedRow]
    splits: list[set[Split | None]]


def survey_sources(
    sources: Sequence[RecordingsConfig], allowed_licences: Collection[str] | None
) -> Survey:
    """Look at every row of the sources.

    Raises:
        ManifestError: A licence that is not allowed, too many files that are missing, or a table
            that cannot be read; the message names the file and the row.
    """
    digest, total = hashlib.sha256(_digest_makers().encode()), 0
    refused: dict[str, str] = {}
    dropped: list[DroppedRow] = []
    splits: list[set[Split | None]] = []
    for source in sources:
        if source.path.is_file():
            raise ManifestError(f"{source.path}: a file, not a folder; unpack it")
        splits.append(set())
        digest.update(source.model_dump_json().encode())
        digest.update(_digest_pack(source.pack))
        digest.update(" ".join(source.forgotten).encode())
        for recording in source.recordings():
            licence = recording.licence or source.licence
            if allowed_licences is not None and licence not in allowed_licences:
                refused.setdefault(licence, recording.where)
            digest.update(recording.stamp())
            total += 1
            splits[-1].add(recording.split)
            dropped += drop_unusable(source, recording)
    if refused and allowed_licences is not None:
        found = "; ".join(f"{licence!r}, first at {where}" for licence, where in refused.items())
        raise ManifestError(
            f"licences that are not allowed: {found}; allowed are {', '.join(allowed_licences)}"
        )
    missing = [row for row in dropped if row.kind == "missing"]
    if len(missing) > total * min(source.max_missing_share for source in sources):
        first = f"{missing[0].row}: {missing[0].reason}"
        raise ManifestError(f"{len(missing)} of {total} recordings are missing; {first}")
    return Survey(total, digest.hexdigest(), dropped, splits)


def drop_unusable(source: RecordingsConfig, recording: Recording) -> Iterator[DroppedRow]:
    """The row as dropped, where its source refuses it or its file is not there."""
    if source.forgotten and _is_forgotten(source, recording):
        yield DroppedRow("forgotten", source.name, shorten(source, recording.where), "", "", _GONE)
    elif recording.refused:
        yield drop(source, recording, "refused", recording.refused)
    elif isinstance(recording.audio, Path):
        try:
            if not recording.audio.is_file():
                yield drop(
                    source, recording, "missing", f"no such recording: {recording.audio.name}"
                )
        except OSError as error:  # a name that the file system does not take
            yield drop(source, recording, "unreadable", f"the file cannot be opened: {error}")


def _is_forgotten(source: RecordingsConfig, recording: Recording) -> bool:
    """Whether the speaker withdrew, by the name alone or that within several sources."""
    names = (source.speaker_of(recording, apart=apart) for apart in (False, True))
    return any(digest_speaker(name) in source.forgotten for name in names)


def drop(source: RecordingsConfig, recording: Recording, kind: str, reason: str) -> DroppedRow:
    """The record of a row that does not reach the corpus."""
    return DroppedRow(
        kind=kind,
        source=recording.source or source.name,
        row=shorten(source, recording.where),
        path=origin_path(source, recording),
        speaker=recording.speaker,
        reason=reason,
    )


def origin_path(source: RecordingsConfig, recording: Recording) -> str:
    """The file of a recording, below the source's folder; its name where the source streams it.

    Of a part of a file it has the start and the end as a media fragment: ``a.wav#t=12.5,17``.
    """
    if isinstance(recording.audio, bytes):
        return recording.name
    part = f"#t={recording.segment}" if recording.segment else ""
    return f"{shorten(source, str(recording.audio))}{part}"


def shorten(source: RecordingsConfig, place: str) -> str:
    """A path or a row below the source's folder, the same wherever that folder lies."""
    return place.removeprefix(f"{source.path}/")


@cache
def _digest_makers() -> str:
    """Of the code that makes a corpus out of recordings, and the libraries that decode."""
    versions = [version(name) for name in _DECODERS]
    return " ".join([digest_code(find_code_closure(_INGESTION)), *versions])


def _digest_pack(pack: str) -> bytes:
    """Of a pack outside Ovoz, its module too; Ovoz's own are files of the code."""
    return digest_code(list_outside_files(pack)).encode()
