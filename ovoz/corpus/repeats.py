"""Audio that a corpus has more than once: which row stays."""

import hashlib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Final

import pyarrow.parquet as pq

from ovoz.corpus.manifest import Split

_RANKS: Final = {Split.TEST: 0, Split.OPEN: 0, Split.DEV: 1, Split.TRAIN: 2}
_COLUMNS: Final = ("sha256", "text", "split", "duration_s")
_NUMBER_BITS: Final = 48


class Repeats:
    """Rows with the same audio and the same text: the held-out one stays, else the first.

    Rows that cannot be decoded are not compared: all empty files are the same bytes. The same audio
    with two texts is validation's to judge: which one is right is not known.
    """

    def __init__(self, parts: Iterable[Path]) -> None:
        self._kept: dict[bytes, int] = {}
        number = 0
        for part in parts:
            for row in pq.read_table(part, columns=list(_COLUMNS)).to_pylist():
                if row["duration_s"]:
                    # Rank and number in one integer: millions of rows are held.
                    place = _RANKS[Split(row["split"])] << _NUMBER_BITS | number
                    key = _key(row)
                    self._kept[key] = min(place, self._kept.get(key, place))
                number += 1

    def find_kept(self, row: Mapping[str, Any], number: int) -> int:
        """Number of the row that stays of those with this row's audio and text; often its own."""
        if not row["duration_s"]:
            return number
        return self._kept[_key(row)] & ((1 << _NUMBER_BITS) - 1)


def _key(row: Mapping[str, Any]) -> bytes:
    told = f"{row['sha256']} {row['text']}".encode()
    return hashlib.blake2b(told, digest_size=12).digest()
