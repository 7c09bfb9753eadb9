"""Features in bins: what a day of traffic is reduced to, and what two of them are compared by.

Counts of bins add up: over files, processes and machines alike, whatever the amount of traffic.
"""

from dataclasses import dataclass
from typing import Final, Self, get_type_hints

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from ovoz.monitoring.traffic import SegmentFeatures

BINS: Final = 16
"""Per column; ties leave some of them empty."""
ORDERED: Final = tuple(
    name for name, kind in get_type_hints(SegmentFeatures).items() if kind is not str
)
COLUMNS: Final = (*ORDERED, "language")

Codes = npt.NDArray[np.int64]
"""Bins of rows, [rows, columns]."""
Counts = npt.NDArray[np.float64]
"""Rows in each bin, [..., columns, bins]."""


@dataclass(frozen=True, slots=True)
class Bins:
    """The bins of every column.

    ``edges`` are quantiles of the reference, ascending, by ordered column; bin ``k`` holds values
    above ``k`` of them. Languages have a bin each, and one for those that the reference lacks.
    """

    edges: dict[str, npt.NDArray[np.float32]]
    languages: tuple[str, ...]

    @classmethod
    def of(cls, reference: pa.Table) -> Self:
        """Bins that the rows of a reference fill evenly, as far as ties allow.

        Raises:
            ValueError: The reference has no rows.
        """
        if not reference.num_rows:
            raise ValueError("the reference has no rows: evaluate the model on a test set first")
        shares = np.arange(1, BINS) / BINS
        edges = {
            name: np.unique(np.quantile(_values(reference, name), shares, method="lower"))
            for name in ORDERED
        }
        languages = sorted(set(reference["language"].to_pylist()))[: BINS - 1]
        return cls(edges, tuple(languages))

    def codes(self, table: pa.Table) -> Codes:
        """The bin of every row in every column."""
        ordered = [np.searchsorted(self.edges[name], _values(table, name)) for name in ORDERED]
        known = pa.array(self.languages)
        place = table["language"].cast(pa.string()).combine_chunks()
        index = pc.index_in(place, value_set=known)
        language = pc.fill_null(index, len(self.languages))
        return np.column_stack([*ordered, np.asarray(language)]).astype(np.int64)


def count(codes: Codes) -> Counts:
    """Rows in each bin, [columns, bins]."""
    counted: Counts = count_groups(codes, np.zeros(len(codes), np.int64), 1)[0]
    return counted


def count_groups(codes: Codes, group: npt.NDArray[np.int64], groups: int) -> Counts:
    """Rows in each bin by group, [groups, columns, bins].

    Args:
        codes: Bins of rows.
        group: The group of each row, from 0.
        groups: How many there are.
    """
    columns = codes.shape[1]
    flat = codes + BINS * np.arange(columns) + (BINS * columns * group)[:, None]
    counted = np.bincount(flat.ravel(), minlength=groups * columns * BINS)
    return counted.reshape(groups, columns, BINS).astype(np.float64)


def _values(table: pa.Table, name: str) -> npt.NDArray[np.float32]:
    return np.asarray(table[name].to_numpy(), np.float32)
