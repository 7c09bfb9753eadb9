"""A plain folder as a source: your own recordings, and a table of what is spoken in them."""

import csv
import hashlib
import json
import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from ovoz.audio.decode import AudioError, decode, write_flac
from ovoz.audio.measures import measure
from ovoz.corpus.manifest import (
    Condition,
    Dialect,
    ManifestError,
    Split,
    Utterance,
    write_manifest,
)
from ovoz.text.language import utterance_language
from ovoz.text.pack import load_pack

_REQUIRED = ("audio", "text")
_DELIMITERS = {".csv": ",", ".tsv": "\t"}


class FolderConfig(BaseModel):
    """Recordings under ``path``, described by a CSV, TSV or JSONL table.

    The table needs the columns ``audio`` (path relative to ``path``) and ``text``; it may have
    ``speaker``, ``split`` (train, dev, test), ``dialect`` and ``condition``. ``columns`` maps those
    names to other headings. A speaker without a split goes to one whole, by a hash of the name:
    ``dev_share`` and ``test_share`` are the shares of speakers held out. Without speakers every
    recording counts as a speaker of its own, and the test figures are then those of known voices.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    source: Literal["folder"] = "folder"
    path: Path
    table: str = "metadata.csv"
    columns: dict[str, str] = Field(default_factory=dict)
    pack: str = "uz-ru"
    licence: str
    consent: str
    dev_share: float = Field(default=0.05, ge=0, le=0.5)
    test_share: float = Field(default=0.1, ge=0, le=0.5)
    max_duration_s: float = Field(default=30.0, gt=0)


def read_folder(
    config: FolderConfig, folder: Path, progress: Callable[[int, int], None] | None = None
) -> Path:
    """Bring the recordings into ``folder`` as 16 kHz FLAC with a manifest beside them.

    A recording that cannot be decoded is copied as it is, with measures of zero: validation then
    names it. Called again while table and recordings are the same, it returns at once.

    Args:
        config: Where the recordings lie and how the table names its columns.
        folder: Written under a temporary name, then renamed; an older one is replaced.
        progress: Called with the number of recordings read and their total.

    Returns:
        The manifest's path.

    Raises:
        ManifestError: The table is missing, lacks a column or holds a value out of range; the
            message names the file and the line.
    """
    rows = list(_rows(config))
    fingerprint = _fingerprint(config, rows)
    done = folder / "corpus.json"
    if done.is_file() and json.loads(done.read_text())["fingerprint"] == fingerprint:
        return folder / "manifest.parquet"
    unfinished = folder.with_name(f".{folder.name}.{os.getpid()}.tmp")
    shutil.rmtree(unfinished, ignore_errors=True)
    (unfinished / "audio").mkdir(parents=True)
    try:
        utterances = []
        for number, row in enumerate(rows):
            utterances.append(_utterance(config, number, row, unfinished))
            if progress is not None:
                progress(number + 1, len(rows))
        write_manifest(utterances, unfinished / "manifest.parquet")
        (unfinished / "corpus.json").write_text(json.dumps({"fingerprint": fingerprint}))
        shutil.rmtree(folder, ignore_errors=True)
        unfinished.replace(folder)
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)
    return folder / "manifest.parquet"


def _rows(config: FolderConfig) -> Iterator[dict[str, str]]:
    table = config.path / config.table
    try:
        with table.open(encoding="utf-8-sig", newline="") as stream:
            if table.suffix == ".jsonl":
                records = [json.loads(line) for line in stream if line.strip()]
            elif table.suffix in _DELIMITERS:
                records = list(csv.DictReader(stream, delimiter=_DELIMITERS[table.suffix]))
            else:
                raise ManifestError(f"{table}: the table must be .csv, .tsv or .jsonl")
    except (OSError, ValueError) as error:
        raise ManifestError(f"{table}: not a readable table: {error}") from error
    names = {name: config.columns.get(name, name) for name in (*_REQUIRED, *_OPTIONAL)}
    for number, record in enumerate(records, start=1):
        row = {name: str(record.get(heading) or "") for name, heading in names.items()}
        missing = [names[name] for name in _REQUIRED if names[name] not in record]
        if missing:
            raise ManifestError(f"{table}: row {number} has no column {', '.join(missing)}")
        yield row


_OPTIONAL = {"speaker": "", "split": "", "dialect": "unknown", "condition": "clean"}


def _utterance(config: FolderConfig, number: int, row: dict[str, str], folder: Path) -> Utterance:
    where = f"{config.path / config.table}: row {number + 1}"
    original = config.path / row["audio"]
    speaker = row["speaker"] or original.stem
    pack = load_pack(config.pack)
    text = pack.canonical(row["text"])
    try:
        split = Split(row["split"]) if row["split"] else _split_of(speaker, config)
        dialect = Dialect(row["dialect"] or _OPTIONAL["dialect"])
        condition = Condition(row["condition"] or _OPTIONAL["condition"])
    except ValueError as error:
        raise ManifestError(f"{where}: {error}") from error
    if not original.is_file():
        raise ManifestError(f"{where}: no such recording: {original}")
    name = f"{number:07d}-{original.stem}"
    try:
        samples = decode(original, max_duration_s=config.max_duration_s)
        audio = folder / "audio" / f"{name}.flac"
        write_flac(audio, samples)
        measured = measure(samples)
        figures = {field: getattr(measured, field) for field in _MEASURED}
    except AudioError:
        audio = folder / "audio" / f"{name}{original.suffix}"
        shutil.copyfile(original, audio)
        figures = dict.fromkeys(_MEASURED, 0.0)
    return Utterance(
        id=name,
        audio=str(audio.relative_to(folder)),
        sha256=hashlib.sha256(audio.read_bytes()).hexdigest(),
        text=text,
        raw_text=row["text"],
        languages=utterance_language(text.split(), pack.word_language),
        dialect=dialect,
        speaker=speaker,
        source=f"folder:{config.path.name}",
        licence=config.licence,
        consent=config.consent,
        split=split,
        condition=condition,
        **figures,
    )


_MEASURED = (
    "duration_s",
    "snr_db",
    "rms_dbfs",
    "clipped_ratio",
    "bandwidth_hz",
    "speech_ratio",
)


def _split_of(speaker: str, config: FolderConfig) -> Split:
    """The same speaker always lands in the same split, whoever else is in the table."""
    place = int.from_bytes(hashlib.sha256(speaker.encode()).digest()[:8]) / 2**64
    if place < config.test_share:
        return Split.TEST
    return Split.DEV if place < config.test_share + config.dev_share else Split.TRAIN


def _fingerprint(config: FolderConfig, rows: list[dict[str, str]]) -> str:
    digest = hashlib.sha256(config.model_dump_json().encode())
    for row in rows:
        audio = config.path / row["audio"]
        size = audio.stat() if audio.is_file() else None
        stamp = (size.st_size, size.st_mtime_ns) if size else None
        digest.update(json.dumps([row, stamp]).encode())
    return digest.hexdigest()
