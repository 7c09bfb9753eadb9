"""Greedy decoding: the likeliest symbol of every frame."""

from collections.abc import Sequence

import numpy as np

from ovoz.decoding.ctc_path import LogProbs, collapse_path
from ovoz.decoding.hypothesis import DecodedWord
from ovoz.decoding.word_builder import WordBuilder


class GreedyDecoder:
    """Decodes the best path, without a vocabulary and without repairing missed spaces.

    Args:
        symbols: The tokenizer's symbols, those of the classes 1, 2, …; class 0 is the blank.
    """

    def __init__(self, symbols: Sequence[str]) -> None:
        self._builder = WordBuilder(symbols)

    def decode(self, log_probs: LogProbs) -> tuple[DecodedWord, ...]:
        """Words on the best path through ``log_probs`` [T, V]."""
        self._builder.check_log_probs(log_probs)
        return self._builder.spell(collapse_path(np.argmax(log_probs, axis=1)), log_probs)
