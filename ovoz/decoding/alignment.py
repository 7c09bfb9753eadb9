"""Where in the sound a known text lies: forced alignment of CTC.

Kürzinger et al., "CTC-segmentation of large corpora for German end-to-end speech recognition",
2020; the path is the likeliest one through the text's symbols and optional blanks (Graves et al.,
2006, section 4.1, with a maximum in place of the sum).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from ovoz.decoding.words import BLANK, DecodedWord, LogProbs, Span, WordReader

_STAY, _NEXT, _SKIP = 0, 1, 2
_NEVER: Final = np.float32(-1e30)


class AlignmentError(ValueError):
    """A text that cannot lie in the sound; the message says why."""


@dataclass(frozen=True, slots=True)
class Alignment:
    """Words of a text on the frames of the sound.

    ``score`` is the mean log-probability of a frame on the path, in nats: near 0 where the sound
    says the text, well under -1 where it says something else.
    """

    words: tuple[DecodedWord, ...]
    score: float


class Aligner:
    """Aligns texts to the log-probabilities of one network.

    Args:
        symbols: the tokenizer's symbols, those of the classes 1, 2, …; class 0 is the blank.
    """

    def __init__(self, symbols: Sequence[str]) -> None:
        self._reader = WordReader(symbols)
        self._classes = {symbol: number for number, symbol in enumerate(symbols, start=1)}

    def align(self, log_probs: LogProbs, text: str) -> Alignment:
        """The likeliest place of every word of ``text`` in log-probabilities [T, V].

        Raises:
            AlignmentError: the text is empty, longer than the frames have room for, or holds a
                character that the network does not know.
            ValueError: log-probabilities of another shape, or with NaN.
        """
        self._reader.check(log_probs)
        strange = sorted(set(text) - set(self._classes))
        if strange or not text.split():
            raise AlignmentError(f"{text!r}: " + (f"unknown {strange}" if strange else "no words"))
        labels = np.array([self._classes[character] for character in " ".join(text.split())])
        path = _best_path(log_probs, labels)
        words = self._reader.spelled(_spans(path, labels), log_probs)
        symbols = np.where(path % 2 == 1, labels[np.maximum(path - 1, 0) // 2], BLANK)
        return Alignment(words, float(log_probs[np.arange(len(path)), symbols].mean()))


def _best_path(log_probs: LogProbs, labels: npt.NDArray[np.intp]) -> npt.NDArray[np.intp]:
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
        before = np.stack([score, _shifted(score, 1), _shifted(score, 2)])
        before[_SKIP, ~skips] = _NEVER
        moves[frame] = before.argmax(axis=0)
        score = before[moves[frame], np.arange(states)] + log_probs[frame, symbols]
    state = states - 1 if score[-1] >= score[-2] else states - 2
    path = np.empty(len(log_probs), np.intp)
    for frame in range(len(log_probs) - 1, -1, -1):
        path[frame] = state
        state -= int(moves[frame, state])
    return path


def _shifted(score: npt.NDArray[np.float32], by: int) -> npt.NDArray[np.float32]:
    return np.concatenate([np.full(by, _NEVER), score[:-by]])[: len(score)]


def _spans(path: npt.NDArray[np.intp], labels: npt.NDArray[np.intp]) -> list[Span]:
    """Frames of every label, in order."""
    firsts = np.searchsorted(path, np.arange(1, 2 * len(labels), 2), side="left")
    lasts = np.searchsorted(path, np.arange(1, 2 * len(labels), 2), side="right")
    return [
        Span(int(label), int(first), int(last))
        for label, first, last in zip(labels, firsts, lasts, strict=True)
    ]
