"""Callers in the traffic log: enough to see that one of them dominates, too little to know anybody.

A caller becomes one of 256 buckets by an HMAC. Its key is drawn at random by each process for each
day (UTC), is kept in memory alone, and is forgotten when the next day begins: nobody can compute
the bucket of a caller afterwards, not even with the log and the list of all callers. Buckets of two
days or of two processes have nothing in common, so no caller can be followed from one to the other.
"""

import datetime as dt
import hashlib
import hmac
import secrets
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Self

import numpy as np
import numpy.typing as npt
import pyarrow as pa

BUCKETS: Final = 256
LEAST_DOMINANCE: Final = BUCKETS**-0.5
"""Of so many callers that each of them counts for nothing: they share buckets by chance."""
_LEAST_ROWS: Final = 20
_KEY_BYTES: Final = 32

Buckets = npt.NDArray[np.int64]
"""Segments in each bucket, [buckets]."""


class CallerBuckets:
    """The buckets of one process, from any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._day = dt.date.min
        self._key = b""

    def bucket(self, caller: str, day: dt.date) -> int:
        """The bucket of a caller, 0 to 255; days do not go back."""
        with self._lock:
            if day > self._day:
                self._day, self._key = day, secrets.token_bytes(_KEY_BYTES)
            key = self._key
        return hmac.digest(key, caller.encode("utf-8", "surrogatepass"), hashlib.sha256)[0]


@dataclass(frozen=True, slots=True)
class CallerCounts:
    """Segments in each bucket by process, of a day; those of several files add up."""

    processes: Mapping[str, Buckets] = field(default_factory=dict)

    @classmethod
    def of(cls, buckets: pa.ChunkedArray, process: str) -> Self:
        """Those of a file; rows without a bucket, of older logs, are left out."""
        known = np.asarray(buckets.drop_null().to_numpy(), np.int64)
        if not len(known):
            return cls()
        return cls({process: np.bincount(known, minlength=BUCKETS)[:BUCKETS]})

    def __add__(self, other: "CallerCounts") -> "CallerCounts":
        merged = dict(self.processes)
        for process, counts in other.processes.items():
            merged[process] = merged[process] + counts if process in merged else counts
        return CallerCounts(merged)

    @property
    def dominance(self) -> float | None:
        """The share that one caller has who alone would make as many pairs; None for few segments.

        The square root of the chance that two segments of a process are of one bucket (Simpson's
        index, without bias for any number of segments and processes): a caller with half of the
        traffic of many gives 0.5, callers alike give little, the only caller 1.
        """
        counts = np.array(list(self.processes.values()), np.float64).reshape(-1, BUCKETS)
        if counts.sum() < _LEAST_ROWS:
            return None
        rows = counts.sum(axis=1)
        pairs = float((rows * (rows - 1)).sum())
        if not pairs:
            return None
        alike = float((counts * (counts - 1)).sum()) / pairs
        return max(float(np.sqrt(alike)), LEAST_DOMINANCE)
