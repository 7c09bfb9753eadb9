"""From recordings of any source to 16 kHz FLAC and a manifest, in bounded memory.

The rows are written in parts of :data:`PART` while the work goes on; a killed run keeps the parts
it finished and goes on behind them.
"""

import hashlib
import json
import shutil
from collections.abc import Callable, Collection, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from functools import partial
from itertools import count, islice
from pathlib import Path
from typing import Final

import pyarrow as pa
import pyarrow.parquet as pq

from ovoz.audio.decode import AudioError, decode
from ovoz.audio.encode import write_flac
from ovoz.audio.measures import Measures, measure
from ovoz.corpus.manifest import MANIFEST_FILE, SCHEMA, ManifestError, Utterance, write_manifest
from ovoz.corpus.recordings import Recording, RecordingsConfig
from ovoz.progress import ProgressCallback
from ovoz.text.language import utterance_language
from ovoz.text.pack import load_pack

PART: Final = 200
"""Recordings read, and rows held in memory, at a time."""

_SILENT: Final = dict.fromkeys(Measures.__dataclass_fields__, 0.0)
_RECORD: Final = "corpus.json"
_MISSING: Final = "missing.txt"
_UNREADABLE: Final = "unreadable.txt"


def ingest_recordings(
    sources: Sequence[RecordingsConfig],
    folder: Path,
    progress: ProgressCallback | None = None,
    *,
    allowed_licences: Collection[str] | None = None,
) -> Path:
    """Bring the recordings of the sources into ``folder`` with one manifest.

    A recording that cannot be decoded is brought as it is, with measures of zero: validation then
    says why, and ``unreadable.txt`` names it. One whose file is missing is left out and named in
    ``missing.txt``; one whose audio was brought already is left out. ``corpus.json`` counts them
    all. Called again while nothing changed, it returns at once.

    Args:
        sources: Where the recordings lie; read in this order.
        folder: Appears complete or not at all; an older one is replaced.
        progress: Called with the number of recordings brought and their total.
        allowed_licences: Licences as the sources write them; None allows every one.

    Returns:
        The manifest's path.

    Raises:
        ManifestError: A source cannot be read, a recording's licence is not allowed, or too many
            files are missing; the message names the file and the row.
    """
    total, fingerprint, missing = _survey(sources, allowed_licences)
    record = folder / _RECORD
    if record.is_file() and json.loads(record.read_text())["fingerprint"] == fingerprint:
        return folder / MANIFEST_FILE
    unfinished = folder.with_name(f".{folder.name}.unfinished")
    _begin(unfinished, fingerprint)
    _bring_parts(sources, unfinished, lambda done: progress and progress(done, total))
    counts = {"recordings": total, "missing": len(missing), **_join_parts(unfinished)}
    shutil.rmtree(unfinished / "parts")
    _write_names(unfinished / _MISSING, missing)
    described = json.dumps({"fingerprint": fingerprint, **counts}, indent=1)
    (unfinished / _RECORD).write_text(described, encoding="utf-8")
    shutil.rmtree(folder, ignore_errors=True)
    unfinished.replace(folder)
    return folder / MANIFEST_FILE


def _survey(
    sources: Sequence[RecordingsConfig], allowed_licences: Collection[str] | None
) -> tuple[int, str, list[str]]:
    """How many recordings there are, a digest of what decides the result, and what is missing."""
    digest, total = hashlib.sha256(), 0
    refused: dict[str, str] = {}
    missing: list[str] = []
    for source in sources:
        digest.update(source.model_dump_json().encode())
        for recording in source.recordings():
            licence = recording.licence or source.licence
            if allowed_licences is not None and licence not in allowed_licences:
                refused.setdefault(licence, recording.where)
            digest.update(recording.stamp().encode())
            total += 1
            if _is_missing(recording):
                missing.append(f"{recording.where}: no such recording: {recording.audio!s}")
    if refused and allowed_licences is not None:
        found = "; ".join(f"{licence!r}, first at {where}" for licence, where in refused.items())
        raise ManifestError(
            f"licences that are not allowed: {found}; allowed are {', '.join(allowed_licences)}"
        )
    if len(missing) > total * min(source.max_missing_share for source in sources):
        raise ManifestError(f"{len(missing)} of {total} recordings are missing; {missing[0]}")
    return total, digest.hexdigest(), missing


def _is_missing(recording: Recording) -> bool:
    return isinstance(recording.audio, Path) and not recording.audio.is_file()


def _begin(unfinished: Path, fingerprint: str) -> None:
    """Keep what a killed run of the same sources left; remove what another one left."""
    mark = unfinished / "parts" / "of"
    if not (mark.is_file() and mark.read_text() == fingerprint):
        shutil.rmtree(unfinished, ignore_errors=True)
        mark.parent.mkdir(parents=True)
        mark.write_text(fingerprint)


def _bring_parts(
    sources: Sequence[RecordingsConfig], folder: Path, progress: Callable[[int], object]
) -> None:
    done = 0
    with ThreadPoolExecutor() as pool:
        for number, part in zip(count(), _parts(sources)):
            path = folder / "parts" / f"{number:06d}.parquet"
            if not path.is_file():
                bring_one = partial(_utterance, folder=folder, apart=len(sources) > 1)
                write_manifest(pool.map(bring_one, *zip(*part, strict=True)), path)
            done += len(part)
            progress(done)


def _parts(
    sources: Sequence[RecordingsConfig],
) -> Iterator[list[tuple[RecordingsConfig, int, Recording]]]:
    rows = ((source, recording) for source in sources for recording in source.recordings())
    numbered = (
        (source, number, recording)
        for number, (source, recording) in enumerate(rows)
        if not _is_missing(recording)
    )
    while part := list(islice(numbered, PART)):
        yield part


def _join_parts(folder: Path) -> dict[str, int]:
    """Write the manifest, one row group a part, without audio that came before; counts those."""
    heard: set[bytes] = set()
    repeated = 0
    unreadable: list[str] = []
    with pq.ParquetWriter(folder / MANIFEST_FILE, SCHEMA) as manifest:
        for part in sorted((folder / "parts").glob("*.parquet")):
            rows = pq.read_table(part).to_pylist()
            new = []
            for row in rows:
                digest = bytes.fromhex(row["sha256"])
                if digest in heard:
                    (folder / row["audio"]).unlink(missing_ok=True)
                else:
                    heard.add(digest)
                    new.append(row)
            repeated += len(rows) - len(new)
            unreadable += [f"{row['id']}: {row['source']}" for row in new if row["duration_s"] == 0]
            manifest.write_table(pa.Table.from_pylist(new, schema=SCHEMA))
    _write_names(folder / _UNREADABLE, unreadable)
    return {"same_audio": repeated, "unreadable": len(unreadable)}


def _write_names(path: Path, names: Sequence[str]) -> None:
    if names:
        path.write_text("".join(f"{one}\n" for one in names), "utf-8")


def read_ingestion_counts(folder: Path) -> dict[str, int]:
    """What :func:`ingest_recordings` counted; empty for a folder that another hand filled.

    The counts are ``recordings``, ``missing``, ``same_audio`` and ``unreadable``.
    """
    record = folder / _RECORD
    counts = json.loads(record.read_text("utf-8")) if record.is_file() else {}
    return {name: value for name, value in counts.items() if isinstance(value, int)}


def _utterance(
    source: RecordingsConfig, number: int, recording: Recording, folder: Path, apart: bool
) -> Utterance:
    name = f"{number:07d}-{Path(recording.name).stem}"
    audio, figures = _brought(recording, source.max_duration_s, folder / "audio", name)
    pack = load_pack(source.pack)
    text = pack.canonical(recording.text)
    return Utterance(
        id=name,
        audio=str(audio.relative_to(folder)),
        sha256=hashlib.sha256(audio.read_bytes()).hexdigest(),
        text=text,
        raw_text=recording.text,
        languages=utterance_language(text.split(), pack.word_language),
        dialect=recording.dialect,
        speaker=_speaker(source, recording, apart),
        source=recording.source or source.name,
        licence=recording.licence or source.licence,
        consent=recording.consent or source.consent,
        split=source.split_of(recording),
        condition=recording.condition,
        **figures,
    )


def _speaker(source: RecordingsConfig, recording: Recording, apart: bool) -> str:
    """The speaker; where sources are ``apart``, their numbers and names are not the same people."""
    speaker = recording.speaker or recording.name
    return f"{source.name}/{speaker}" if apart and not recording.source else speaker


def _brought(
    recording: Recording, max_duration_s: float, folder: Path, name: str
) -> tuple[Path, dict[str, float]]:
    """The audio in the corpus, and its measures."""
    # A thousand files a folder: file systems and people are slow with a million.
    folder = folder / f"{int(name.partition('-')[0]) // 1000:04d}"
    folder.mkdir(parents=True, exist_ok=True)
    try:
        samples = decode(recording.audio, max_duration_s=max_duration_s)
    except AudioError:
        return _as_it_is(recording.audio, folder, name), _SILENT
    audio = folder / f"{name}.flac"
    write_flac(audio, samples)
    return audio, asdict(measure(samples))


def _as_it_is(audio: Path | bytes, folder: Path, name: str) -> Path:
    if isinstance(audio, bytes):
        path = folder / f"{name}.audio"
        path.write_bytes(audio)
        return path
    return Path(shutil.copyfile(audio, folder / f"{name}{audio.suffix}"))
