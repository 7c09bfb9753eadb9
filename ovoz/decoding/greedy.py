"""Best-path decoding: the likeliest symbol of every frame."""

from collections.abc import Sequence
from itertools import groupby

import numpy as np

from ovoz.decoding.words import DecodedWord, LogProbs, WordReader, spans


class GreedyDecoder:
    """Reads the best path; no vocabulary limits it, and nothing repairs a missed space.

    Args:
        symbols: the tokenizer's symbols, those of the classes 1, 2, …; class 0 is the blank.
    """

    def __init__(self, symbols: Sequence[str]) -> None:
        self._reader = WordReader(symbols)

    def decode(self, log_probs: LogProbs) -> tuple[DecodedWord, ...]:
        """Words on the best path through ``log_probs`` [T, V]."""
        self._reader.check(log_probs)
        letters = spans(np.argmax(log_probs, axis=1))
        runs = groupby(letters, key=lambda span: span.symbol == self._reader.separator)
        return tuple(
            self._reader.word(list(run), log_probs) for is_space, run in runs if not is_space
        )
