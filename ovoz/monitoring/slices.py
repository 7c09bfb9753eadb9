"""Which callers changed: counts of bins by language and by way in."""

from dataclasses import dataclass
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from ovoz.monitoring.bins import BINS, COLUMNS, Bins, Codes, Counts, count, count_groups
from ovoz.monitoring.drift import distance
from ovoz.monitoring.traffic import Way

SLICES: Final = BINS + len(Way)
"""Languages by their bins, then ways in."""
_WAYS: Final = tuple(way.value for way in Way)
_LEAST_ROWS: Final = 20


@dataclass(frozen=True, slots=True)
class SliceShift:
    """How far a column of one slice lies from the reference, 0 to 1, over so many segments."""

    name: str
    distance: float
    segments: int


def count_slices(codes: Codes, ways: pa.ChunkedArray) -> Counts:
    """Rows in each bin by slice, [slices, columns, bins].

    Args:
        codes: Bins of rows.
        ways: The way that each of them came in by; an unknown one counts as HTTP.
    """
    way = pc.fill_null(pc.index_in(ways.combine_chunks(), value_set=pa.array(_WAYS)), 0)
    by_way = count_groups(codes, np.asarray(way, np.int64), len(Way))
    return np.concatenate([count_groups(codes, codes[:, -1], BINS), by_way])


def shifted_slices(reference: Codes, bins: Bins, sliced: Counts, column: int) -> list[SliceShift]:
    """Slices with traffic enough, by how far a column of theirs lies from the reference.

    A language is held against the same language of the test set where that has enough of it; a way
    in, and the column ``language`` itself, against all of the test set.
    """
    whole = count(reference)
    of_languages = count_groups(reference, reference[:, -1], BINS)
    names = [*bins.languages, *["another language"] * (BINS - len(bins.languages)), *_WAYS]
    is_ordered = column < len(COLUMNS) - 1
    found = []
    for place, name in enumerate(names):
        now = sliced[place, column]
        if now.sum() < _LEAST_ROWS:
            continue
        is_language = place < BINS
        expected = whole[column]
        if is_language and is_ordered and of_languages[place, column].sum() >= _LEAST_ROWS:
            expected = of_languages[place, column]
        if is_language and not is_ordered:
            continue
        told = f"{'language' if is_language else 'way'}={name}"
        shift = distance(now, expected, ordered=is_ordered)
        found.append(SliceShift(told, shift, int(now.sum())))
    return sorted(found, key=lambda one: -one.distance)
