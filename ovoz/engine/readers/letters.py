"""Log-probabilities without the letters that must not be written."""

from collections.abc import Sequence
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from ovoz.decoding.ctc_path import LogProbs
from ovoz.decoding.emissions import NEVER
from ovoz.engine.readers import AllowedLetters


class LetterMask:
    """Rules out letters before a search, whichever way it searches.

    Args:
        symbols: Of the CTC classes 1, 2, …; class 0, the blank, and the space are always allowed.
    """

    def __init__(self, symbols: Sequence[str]) -> None:
        self._symbols = symbols
        self._ruled_out = lru_cache(maxsize=8)(self._find_ruled_out)

    def apply(self, log_probs: LogProbs, allowed_letters: AllowedLetters | None) -> LogProbs:
        """Log-probabilities [T, V] that never choose another letter; themselves under ``None``.

        They are not scaled again, so confidences are those of the network.
        """
        if allowed_letters is None:
            return log_probs
        return np.where(self._ruled_out(allowed_letters), np.float32(NEVER), log_probs)

    def _find_ruled_out(self, allowed_letters: AllowedLetters) -> npt.NDArray[np.bool_]:
        ruled_out = (bool(one.strip()) and not allowed_letters(one) for one in self._symbols)
        return np.array([False, *ruled_out])
