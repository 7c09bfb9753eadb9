"""Best-path decoding: the likeliest symbol of every frame."""

from collections.abc import Sequence

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
        return self._reader.spelled(spans(np.argmax(log_probs, axis=1)), log_probs)
