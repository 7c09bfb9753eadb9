"""CTC paths: one symbol per frame, collapsed into symbols on frames."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ovoz.text.symbols import BLANK

LogProbs = npt.NDArray[np.float32]
"""Natural log-probabilities, shape [T frames, V symbols]."""

SymbolPath = npt.NDArray[np.intp]
"""One symbol id per frame, shape [T]."""


@dataclass(frozen=True, slots=True)
class SymbolSpan:
    """One symbol on the frames [``start``, ``end``) of a path."""

    symbol: int
    start: int
    end: int


def collapse_path(path: SymbolPath) -> list[SymbolSpan]:
    """Merge the repeats of a CTC path [T] and drop its blanks.

    Graves et al., "Connectionist temporal classification", ICML 2006, section 3.1.
    """
    if not len(path):
        return []
    starts = np.flatnonzero(np.diff(path, prepend=path[0] - 1))
    ends = np.append(starts[1:], len(path))
    return [
        SymbolSpan(int(path[start]), int(start), int(end))
        for start, end in zip(starts, ends, strict=True)
        if path[start] != BLANK
    ]
