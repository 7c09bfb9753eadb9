"""What was heard in files, kept so that other limits need no file to be decoded again."""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any, Final

import pyarrow as pa
import pyarrow.parquet as pq

from ovoz.audio.measures import Measures
from ovoz.audio.signal import Seconds
from ovoz.code_closure import digest_code, find_code_closure
from ovoz.corpus.validation.listening import FileFinding
from ovoz.files import atomic_file

_LISTENING: Final = "ovoz.corpus.validation.listening"
_MEASURES: Final = tuple(field.name for field in fields(Measures))
_SCHEMA: Final = pa.schema(
    [
        ("key", pa.binary(16)),
        ("fault", pa.string()),
        ("voiced_s", pa.float64()),
        *((name, pa.float64()) for name in _MEASURES),
    ]
)
_CODE: Final = b"code"


class HeardFiles:
    """Findings by file, of the code that listens now.

    A file is known by its place, size and times, and by what its row states of it.
    """

    def __init__(self, path: Path) -> None:
        """``path`` is a Parquet file; one of other code, or that cannot be read, counts as none."""
        self._path = path
        self._known: dict[bytes, FileFinding] = {}
        try:
            table = pq.read_table(path)
        except (OSError, pa.ArrowException):
            return
        if table.schema.metadata and table.schema.metadata.get(_CODE) == _digest_listening():
            columns = (table[name].to_pylist() for name in _SCHEMA.names)
            for key, fault, voiced_s, *measures in zip(*columns, strict=True):
                known = None if measures[0] is None else Measures(*measures)
                self._known[key] = FileFinding(fault, known, voiced_s)

    def find(self, key: bytes) -> FileFinding | None:
        """The finding of a file as it is now; None where it was not heard."""
        return self._known.get(key)

    def write(self, findings: Iterable[tuple[bytes, FileFinding]]) -> None:
        """Keep these findings and no others.

        Raises:
            OSError: They cannot be written.
        """
        silent = dict.fromkeys(_MEASURES)
        rows = {
            key: {
                "key": key,
                "fault": finding.fault,
                "voiced_s": finding.voiced_s,
                **(asdict(finding.measures) if finding.measures else silent),
            }
            for key, finding in findings
        }
        schema = _SCHEMA.with_metadata({_CODE: _digest_listening()})
        with atomic_file(self._path) as unfinished:
            pq.write_table(pa.Table.from_pylist([*rows.values()], schema=schema), unfinished)


def key_of(record: Mapping[Any, Any], root: Path, max_duration_s: Seconds) -> bytes:
    """The key of a row's file below the resolved ``root``."""
    try:
        file = (root / str(record["audio"])).stat()
        # The time of the last change of the entry: size and time of the content can be forged.
        stamp = f"{file.st_size} {file.st_mtime_ns} {file.st_ctime_ns}"
    except (OSError, ValueError):
        stamp = "missing"
    told = [record[name] for name in ("audio", "sha256", "duration_s")]
    text = repr([str(root), stamp, max_duration_s, *told])
    return hashlib.blake2b(text.encode("utf-8", "backslashreplace"), digest_size=16).digest()


def _digest_listening() -> bytes:
    return digest_code(find_code_closure(_LISTENING)).encode()
