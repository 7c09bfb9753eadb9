"""The record of a corpus: what it was made of, what was counted, and whether it is whole."""

import hashlib
import json
import logging
import os
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Final

import pyarrow as pa
import pyarrow.parquet as pq

from ovoz.corpus.manifest import MANIFEST_FILE, ManifestError
from ovoz.corpus.recordings import RecordingsConfig

_RECORD: Final = "corpus.json"

_log = logging.getLogger(__name__)


def write_record(folder: Path, described: Mapping[str, object]) -> None:
    """Write the digests and counts of a corpus."""
    (folder / _RECORD).write_text(json.dumps(described, indent=1), encoding="utf-8")


def digest_settings(
    sources: Sequence[RecordingsConfig], allowed_licences: Collection[str] | None
) -> str:
    """Digest of the settings but for the places of the recordings."""
    told = [[source.name, source.model_dump_json(exclude={"path"})] for source in sources]
    licences = None if allowed_licences is None else sorted(allowed_licences)
    return hashlib.sha256(json.dumps([told, licences]).encode()).hexdigest()


def check_versioned(folder: Path, settings: str, absent: Sequence[str]) -> None:
    """Check that ``folder`` holds a whole corpus of these settings.

    Raises:
        ManifestError: It does not, and the recordings to make it of are absent.
    """
    if not is_whole(folder, "settings", settings):
        raise ManifestError(
            f"{', '.join(absent)}: there is no such folder, and {folder} holds no whole corpus of"
            " these settings; bring the recordings, or the corpus by `dvc pull`"
        )
    _log.warning(
        "%s: not on this machine; the corpus in %s is used as it was brought",
        ", ".join(absent),
        folder,
    )


def has_settings(folder: Path, settings: str) -> bool:
    """Whether the folder holds a corpus of these settings, whole or not."""
    return _read_record(folder).get("settings") == settings


def _read_record(folder: Path) -> dict[str, object]:
    try:
        record = json.loads((folder / _RECORD).read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    return record if isinstance(record, dict) else {}


def is_whole(folder: Path, key: str, digest: str) -> bool:
    """Whether the folder holds a corpus with every file of it, and its record has the digest."""
    try:
        audio = read_audio(folder)
    except (OSError, ValueError, pa.ArrowException):
        return False
    return _read_record(folder).get(key) == digest and list_audio(folder) >= audio


def read_ingestion_counts(folder: Path) -> dict[str, int]:
    """What :func:`ingest_recordings` counted; empty for a folder that another hand filled.

    The counts are ``recordings``, ``kept``, ``undecodable`` (kept for validation to name),
    ``marks_removed`` (transcripts), ``cut_short`` (files that state more than they hold), and one
    for each kind of :class:`~ovoz.corpus.dropped.DroppedRow`.
    """
    counts = _read_record(folder)
    return {name: value for name, value in counts.items() if isinstance(value, int)}


def read_audio(folder: Path) -> set[str]:
    """Audio files that the manifest names, below ``folder``."""
    return set(pq.read_table(folder / MANIFEST_FILE, columns=["audio"])["audio"].to_pylist())


def list_audio(folder: Path) -> set[str]:
    """Audio files that are there, below ``folder``."""
    return {
        f"{Path(place).relative_to(folder)}/{name}"
        for place, _, names in os.walk(folder / "audio")
        for name in names
    }
