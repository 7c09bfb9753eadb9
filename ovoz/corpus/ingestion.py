"""From recordings of any source to 16 kHz FLAC and a manifest, in bounded memory.

The rows are written in parts of :data:`PART` while the work goes on; a killed run keeps the parts
it finished and goes on behind them. Every row that came in is in the manifest, or named in
``dropped.csv`` with its source and the reason.
"""

import shutil
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import fields
from functools import partial
from itertools import count, islice
from pathlib import Path
from typing import Any, Final

import pyarrow as pa
import pyarrow.parquet as pq
from filelock import FileLock, Timeout

from ovoz.corpus.bringing import PART_SCHEMA, bring_recording
from ovoz.corpus.corpus_record import (
    check_versioned,
    digest_settings,
    has_settings,
    is_whole,
    list_audio,
    read_audio,
    write_record,
)
from ovoz.corpus.dropped import DROPPED_FILE, DroppedRow, write_dropped
from ovoz.corpus.file_segments import SegmentReader
from ovoz.corpus.forgotten import FORGOTTEN_FILE, read_forgotten
from ovoz.corpus.manifest import MANIFEST_FILE, SCHEMA, ManifestError, Split
from ovoz.corpus.origins import ORIGINS_FILE, ORIGINS_SCHEMA
from ovoz.corpus.recordings import Recording, RecordingsConfig
from ovoz.corpus.repeats import Repeats
from ovoz.corpus.split_plan import EarlierSplits, plan_source, read_earlier_splits
from ovoz.corpus.survey import survey_sources
from ovoz.files import atomic_file, full_disk_named
from ovoz.progress import ProgressCallback

PART: Final = 200
"""Recordings read, and rows held in memory, at a time."""


def ingest_recordings(
    sources: Sequence[RecordingsConfig],
    folder: Path,
    progress: ProgressCallback | None = None,
    *,
    allowed_licences: Collection[str] | None = None,
) -> Path:
    """Bring the recordings of the sources into ``folder`` with one manifest.

    A recording that cannot be decoded is brought as it is, with measures of zero: validation then
    says why. Rows without a file, rows that their source refuses, the same audio with the same text
    twice, and rows that fit no split are left out and named in ``dropped.csv``. ``corpus.json``
    counts them all. Called again while nothing changed, it returns at once. Where the recordings
    are not on this machine, a whole corpus of the same settings stays as it is: it came from
    another machine, such as by ``dvc pull``.

    Args:
        sources: Where the recordings lie; read in this order.
        folder: Appears complete or not at all; an older one is replaced.
        progress: Called with the number of recordings brought and their total.
        allowed_licences: Licences as the sources write them; None allows every one.

    Returns:
        The manifest's path.

    Raises:
        ManifestError: A source cannot be read, a recording's licence is not allowed, too many
            files are missing, or another process writes the folder; the message says where.
        DiskFullError: There is no room; called again, it goes on behind what it has.
    """
    folder.parent.mkdir(parents=True, exist_ok=True)
    try:
        with (
            FileLock(folder.with_name(f".{folder.name}.lock"), timeout=0),
            full_disk_named(folder.parent),
        ):
            return _ingest(sources, folder, progress, allowed_licences)
    except Timeout as error:
        raise ManifestError(
            f"{folder}: another process brings a corpus there; wait for it"
        ) from error


def _ingest(
    sources: Sequence[RecordingsConfig],
    folder: Path,
    progress: ProgressCallback | None,
    allowed_licences: Collection[str] | None,
) -> Path:
    forgotten = read_forgotten(folder.parent / FORGOTTEN_FILE)
    sources = [source.model_copy(update={"forgotten": forgotten}) for source in sources]
    settings = digest_settings(sources, allowed_licences)
    absent = [str(source.path) for source in sources if source.is_absent]
    if absent:
        check_versioned(folder, settings, absent)
        return folder / MANIFEST_FILE
    survey = survey_sources(sources, allowed_licences)
    if is_whole(folder, "fingerprint", survey.fingerprint):
        return folder / MANIFEST_FILE
    unfinished = folder.with_name(f".{folder.name}.unfinished")
    _begin(unfinished, survey.fingerprint)
    # An earlier corpus of these settings has decided on some of the rows.
    earlier = read_earlier_splits(folder) if has_settings(folder, settings) else {}
    _bring_parts(
        _plan_parts(sources, survey.splits, earlier),
        unfinished,
        len(sources) > 1,
        lambda done: progress and progress(done, survey.total),
    )
    dropped, counts = _join_parts(unfinished)
    dropped = survey.dropped + dropped
    write_dropped(unfinished / DROPPED_FILE, dropped)
    shutil.rmtree(unfinished / "parts")
    _remove_strays(unfinished)
    kinds = Counter(row.kind for row in dropped)
    marks = {"fingerprint": survey.fingerprint, "settings": settings}
    described = {**marks, "recordings": survey.total, **counts, **kinds}
    write_record(unfinished, described)
    shutil.rmtree(folder, ignore_errors=True)
    unfinished.replace(folder)
    return folder / MANIFEST_FILE


def _begin(unfinished: Path, fingerprint: str) -> None:
    """Keep what a killed run of the same sources left; remove what another one left."""
    mark = unfinished / "parts" / "of"
    if not (mark.is_file() and mark.read_text() == fingerprint):
        shutil.rmtree(unfinished, ignore_errors=True)
        mark.parent.mkdir(parents=True)
        mark.write_text(fingerprint)


def _bring_parts(
    parts: Iterator[list[tuple[RecordingsConfig, Recording, Split | None]]],
    folder: Path,
    apart: bool,
    progress: Callable[[int], object],
) -> None:
    done = 0
    bring_one = partial(
        bring_recording,
        folder=folder,
        apart=apart,
        segments=SegmentReader(folder / "parts"),
    )
    with ThreadPoolExecutor() as pool:
        for number, part in zip(count(), parts):
            path = folder / "parts" / f"{number:06d}.parquet"
            if not path.is_file():
                rows = list(pool.map(bring_one, *zip(*part, strict=True)))
                with atomic_file(path) as unfinished:
                    pq.write_table(pa.Table.from_pylist(rows, schema=PART_SCHEMA), unfinished)
            done += len(part)
            progress(done)


def _plan_parts(
    sources: Sequence[RecordingsConfig],
    splits: Sequence[Collection[Split | None]],
    earlier: EarlierSplits,
) -> Iterator[list[tuple[RecordingsConfig, Recording, Split | None]]]:
    rows = (
        (source, recording, split)
        for source, present in zip(sources, splits, strict=True)
        for recording, split in plan_source(source, present, earlier, apart=len(sources) > 1)
    )
    while part := list(islice(rows, PART)):
        yield part


def _join_parts(folder: Path) -> tuple[list[DroppedRow], dict[str, int]]:
    """Write manifest and origins, one row group a part; returns what is dropped, and counts."""
    parts = sorted((folder / "parts").glob("*.parquet"))
    repeats, numbers = Repeats(parts), count()
    dropped: list[DroppedRow] = []
    counts = Counter(kept=0, undecodable=0, marks_removed=0, cut_short=0)
    with (
        pq.ParquetWriter(folder / MANIFEST_FILE, SCHEMA) as manifest,
        pq.ParquetWriter(folder / ORIGINS_FILE, ORIGINS_SCHEMA) as origins,
    ):
        for part in parts:
            kept = []
            for row, number in zip(pq.read_table(part).to_pylist(), numbers, strict=False):
                fault = _find_fault(row, repeats.find_kept(row, number) == number)
                if fault is None:
                    kept.append(row)
                else:
                    dropped.append(fault)
            counts.update(
                kept=len(kept),
                undecodable=sum(not row["duration_s"] for row in kept),
                marks_removed=sum(bool(row["marks"]) for row in kept),
                cut_short=sum(row["lost_s"] > 0 for row in kept),
            )
            manifest.write_table(_table(kept, SCHEMA))
            origins.write_table(_table(kept, ORIGINS_SCHEMA))
    return dropped, counts


def _find_fault(row: dict[str, Any], stays: bool) -> DroppedRow | None:
    if stays and row["kind"] is None:
        return None
    told = {field.name: row[field.name] for field in fields(DroppedRow)}
    if not stays:
        told |= {"kind": "same-audio", "reason": f"its audio and text stay, as {row['id']}"}
    return DroppedRow(**told)


def _table(rows: list[dict[str, Any]], schema: pa.Schema) -> pa.Table:
    return pa.Table.from_pylist(
        [{name: row[name] for name in schema.names} for row in rows], schema
    )


def _remove_strays(folder: Path) -> None:
    """Remove audio that no row names: of dropped rows, and what a killed run left half written."""
    for stray in list_audio(folder) - read_audio(folder):
        (folder / stray).unlink()
