"""Forced alignment by CTC: where the words of a known text lie in the sound.

Kürzinger et al., "CTC-segmentation of large corpora for German end-to-end speech recognition",
2020. The path is the likeliest one through the text's symbols and optional blanks (Graves et al.,
2006, section 4.1, with a maximum in place of the sum).

torchaudio's ``forced_align`` computes the same but needs torch, which the serving install lacks.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from ovoz.decoding.ctc_path import LogProbs, SymbolPath, SymbolSpan
from ovoz.decoding.hypothesis import DecodedWord
from ovoz.decoding.word_builder import WordBuilder
from ovoz.text.symbols import BLANK

_STAY, _NEXT, _SKIP = 0, 1, 2
_NEVER: Final = np.float32(-1e30)


class AlignmentError(ValueError):
    """A text that cannot be aligned with the sound; the message says why."""


@dataclass(frozen=True, slots=True)
class ForcedAlignment:
    """Words of a text on the frames of the sound.

    ``score`` is the mean log-probability per frame of the path, in nats: near 0 where the text is
    what was said, well under -1 where it is not.
    """

    words: tuple[DecodedWord, ...]
    score: float


class Aligner:
    """Aligns texts to the log-probabilities of one network.

    Args:
        symbols: The tokenizer's symbols, those of the classes 1, 2, …; class 0 is the blank.
    """

    def __init__(self, symbols: Sequence[str]) -> None:
        self._builder = WordBuilder(symbols)
        self._classes = {symbol: number for number, symbol in enumerate(symbols, start=1)}

    def align(self, log_probs: LogProbs, text: str) -> ForcedAlignment:
        """Find the likeliest place of every word of ``text`` in log-probabilities [T, V].

        Raises:
            AlignmentError: The text is empty, longer than the frames have room for, or holds a
                character that the network does not know.
            ValueError: The log-probabilities have another shape or hold NaN.
        """
        self._builder.check_log_probs(log_probs)
        strange = sorted(set(text) - set(self._classes))
        if strange or not text.split():
            raise AlignmentError(f"{text!r}: " + (f"unknown {strange}" if strange else "no words"))
        labels = np.array([self._classes[character] for character in " ".join(text.split())])
        path = _find_best_path(log_probs, labels)
        words = self._builder.spell(_locate_labels(path, labels), log_probs)
        symbols = np.where(path % 2 == 1, labels[np.maximum(path - 1, 0) // 2], BLANK)
        return ForcedAlignment(words, float(log_probs[np.arange(len(path)), symbols].mean()))


def _find_best_path(log_probs: LogProbs, labels: SymbolPath) -> npt.NDArray[np.intp]:
    """State of every frame [T]: 0, 2, 4, … are the blanks around the labels 1, 3, 5, …."""
    states = 2 * len(labels) + 1
    doubled = int((labels[1:] == labels[:-1]).sum())
    if len(labels) + doubled > len(log_probs):
        raise AlignmentError(f"{len(labels)} characters do not fit into {len(log_probs)} frames")
    symbols = np.full(states, BLANK)
    symbols[1::2] = labels
    skips = np.zeros(states, bool)  # from label to label, unless both are the same
    skips[3::2] = labels[1:] != labels[:-1]
    score = np.full(states, _NEVER)
    score[:2] = log_probs[0, symbols[:2]]
    moves = np.zeros((len(log_probs), states), np.uint8)
    for frame in range(1, len(log_probs)):
        before = np.stack([score, _shift(score, 1), _shift(score, 2)])
        before[_SKIP, ~skips] = _NEVER
        moves[frame] = before.argmax(axis=0)
        score = before[moves[frame], np.arange(states)] + log_probs[frame, symbols]
    state = states - 1 if score[-1] >= score[-2] else states - 2
    path = np.empty(len(log_probs), np.intp)
    for frame in range(len(log_probs) - 1, -1, -1):
        path[frame] = state
        state -= int(moves[frame, state])
    return path


def _shift(score: npt.NDArray[np.float32], by: int) -> npt.NDArray[np.float32]:
    return np.concatenate([np.full(by, _NEVER), score[:-by]])[: len(score)]


def _locate_labels(path: npt.NDArray[np.intp], labels: SymbolPath) -> list[SymbolSpan]:
    """Frames of every label, in order."""
    firsts = np.searchsorted(path, np.arange(1, 2 * len(labels), 2), side="left")
    lasts = np.searchsorted(path, np.arange(1, 2 * len(labels), 2), side="right")
    return [
        SymbolSpan(int(label), int(first), int(last))
        for label, first, last in zip(labels, firsts, lasts, strict=True)
    ]
