"""Recordings of noise and of rooms for augmentation: found, checked, split for training and test.

A file belongs to training or to test by the hash of its content, so that what the noisy copy of
the test split is made with is never trained on, however the files are named or moved.
"""

import hashlib
import logging
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final, NamedTuple

import numpy as np
from pydantic import BaseModel, ConfigDict

from ovoz.audio.augment import RecordedSounds, StoredSamples, store_samples
from ovoz.audio.containers import AudioError
from ovoz.audio.decode import decode
from ovoz.audio.signal import Samples, duration_s
from ovoz.code_closure import digest_code, find_code_closure
from ovoz.corpus.file_search import find_files
from ovoz.corpus.manifest import ManifestError, Split
from ovoz.corpus.normal_form import locate_file
from ovoz.corpus.tables import read_table
from ovoz.files import atomic_file, file_sha256

_TEST_SHARE: Final = 0.25
_SILENT: Final = 1e-4
"""Peak of a recording in which there is nothing: 80 dB under full scale."""
_SHORTEST_NOISE_S: Final = 0.1
_LONGEST_RESPONSE_S: Final = 10.0
_TABLES: Final = {".csv", ".tsv", ".jsonl"}

_log = logging.getLogger(__name__)


class SoundsConfig(BaseModel):
    """Recordings of noise and impulse responses of rooms, for training and the noisy test.

    Each entry is a folder, whose audio files are taken with those of the folders in it, or a table
    (``.csv``, ``.tsv``, ``.jsonl``) with the column ``audio``, and ``split`` (train, test) where
    the files have one. Of the others the quarter with the lowest hashes is for test.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    noise: tuple[Path, ...] = ()
    rooms: tuple[Path, ...] = ()


class SoundsError(ValueError):
    """Recordings of noise or rooms that cannot be used; the message names the profile's key."""


class SkippedSound(NamedTuple):
    """A file that augmentation does not use, and why."""

    path: Path
    reason: str


@dataclass(frozen=True, slots=True)
class LoadedSounds:
    """The sounds of one part, and the files that neither part uses."""

    recorded: RecordedSounds
    skipped: tuple[SkippedSound, ...]


class _Listed(NamedTuple):
    path: Path
    split: Split | None


class _Sound(NamedTuple):
    digest: str
    split: Split | None
    stored: Path


class _StoredSounds(Sequence[StoredSamples]):
    """Sounds mapped from disk on access: a corpus of noise may be larger than the memory."""

    def __init__(self, paths: Sequence[Path]) -> None:
        self._paths = paths

    def __len__(self) -> int:
        return len(self._paths)

    def __getitem__(self, place: int) -> StoredSamples:  # type: ignore[override]
        samples: StoredSamples = np.load(self._paths[place], mmap_mode="r")
        return samples


def digest_sounds(config: SoundsConfig) -> str:
    """Hex digest of the content of all files, which changes when augmentation may change.

    Raises:
        SoundsError: A folder or a table is not there, or a table names no usable files.
    """
    listed = [
        (kind, _digest_file(file.path), str(file.split))
        for kind in SoundsConfig.model_fields
        for file in _list_files(config, kind)
    ]
    return hashlib.sha256(repr(sorted(listed)).encode()).hexdigest()


def load_sounds(config: SoundsConfig, split: Split, store: Path) -> LoadedSounds:
    """Decode the recordings, and give those of training or of test.

    Args:
        config: Where they lie.
        split: ``train`` or ``test``.
        store: Folder of the decoded recordings, 115 MB per hour; kept for the next call.

    Raises:
        SoundsError: A folder or a table is not there, or fewer than two files can be used.
        OSError: The decoded recordings cannot be written.
    """
    folder = store / digest_code(find_code_closure(__name__))[:12]
    for outdated in (path for path in store.glob("*") if path != folder):
        shutil.rmtree(outdated, ignore_errors=True)
    skipped: list[SkippedSound] = []
    parts = {
        kind: _choose_part(_store_sounds(config, kind, folder, skipped), split, kind)
        for kind in SoundsConfig.model_fields
        if getattr(config, kind)
    }
    for file in skipped:
        _log.info("%s is not used for augmentation: %s", file.path, file.reason)
    return LoadedSounds(RecordedSounds(**parts), tuple(skipped))


def _list_files(config: SoundsConfig, kind: str) -> Iterator[_Listed]:
    for place in getattr(config, kind):
        try:
            if place.suffix.lower() in _TABLES:
                yield from _read_list(place)
            else:
                yield from (_Listed(file, None) for file in find_files(place))
        except OSError as error:
            raise SoundsError(f"sounds.{kind}: {place}: {error.strerror or error}") from error
        except ManifestError as error:
            raise SoundsError(f"sounds.{kind}: {error}") from error


def _read_list(table: Path) -> Iterator[_Listed]:
    for where, row in read_table(table, {"audio": "audio", "split": "split"}, ("audio",)):
        if row["split"] not in {"", Split.TRAIN, Split.TEST}:
            raise ManifestError(f"{where}: split is {row['split']!r}; it is train, test or empty")
        file = locate_file(table.parent, row["audio"])
        if not file.is_file():
            raise ManifestError(f"{where}: there is no file {file}")
        yield _Listed(file, Split(row["split"]) if row["split"] else None)


def _store_sounds(
    config: SoundsConfig, kind: str, folder: Path, skipped: list[SkippedSound]
) -> list[_Sound]:
    """Decode the files of a kind that are not decoded yet; unusable ones go to ``skipped``."""
    found: dict[str, tuple[Path, _Sound]] = {}
    for path, split in _list_files(config, kind):
        digest = _digest_file(path)
        if digest in found:
            skipped.append(SkippedSound(path, f"the same file as {found[digest][0]}"))
            continue
        stored = folder / kind / digest[:2] / f"{digest}.npy"
        if not stored.is_file():
            try:
                samples = _read_sound(path, kind)
            except (AudioError, OSError) as error:
                skipped.append(SkippedSound(path, str(error)))
                continue
            with atomic_file(stored) as unfinished, unfinished.open("wb") as file:
                np.save(file, store_samples(samples))
        found[digest] = (path, _Sound(digest, split, stored))
    return [sound for _, sound in found.values()]


def _digest_file(path: Path) -> str:
    """SHA-256 of a file; empty where it cannot be read, which decoding will explain."""
    try:
        file = path.stat()
        return _digest_once(path, file.st_size, file.st_mtime_ns, file.st_ctime_ns)
    except OSError:
        return ""


@cache
def _digest_once(path: Path, *_stamp: int) -> str:
    """A run asks for each stage; corpora of noise are read once as long as nothing changes."""
    return file_sha256(path)


def _read_sound(path: Path, kind: str) -> Samples:
    samples = decode(path, first_channel=kind == "rooms")
    length_s = duration_s(samples)
    if np.abs(samples).max() < _SILENT:
        raise AudioError("empty", "it is silent: nothing in it is over -80 dBFS")
    if kind == "rooms" and length_s > _LONGEST_RESPONSE_S:
        raise AudioError(
            "too_long",
            f"it is {length_s:.1f} s long; an impulse response is shorter than"
            f" {_LONGEST_RESPONSE_S:g} s",
        )
    if kind == "noise" and length_s < _SHORTEST_NOISE_S:
        raise AudioError("empty", f"it is shorter than {_SHORTEST_NOISE_S:g} s")
    return samples


def _choose_part(sounds: list[_Sound], split: Split, kind: str) -> Sequence[StoredSamples]:
    """The sounds of ``split``, in the order of their hashes."""
    told = [one for one in sounds if one.split is not None]
    parts = {part: [one for one in told if one.split is part] for part in (Split.TRAIN, Split.TEST)}
    hashed = sorted(one for one in sounds if one.split is None)
    number = max(round(_TEST_SHARE * len(hashed)), 0 if parts[Split.TEST] else 1)
    parts[Split.TEST] += hashed[:number]
    parts[Split.TRAIN] += hashed[number:]
    if not sounds or (hashed and not all(parts.values())):
        raise SoundsError(
            f"sounds.{kind}: {len(sounds)} of the files can be used; at least two are needed, so"
            " that what the test is made noisy with is not trained on"
        )
    return _StoredSounds([one.stored for one in parts[split]])
