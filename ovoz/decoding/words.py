"""From a frame-by-frame CTC path to words with frames and confidences."""

import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Final, Protocol

import numpy as np
import numpy.typing as npt

BLANK: Final = 0
"""Id of the CTC blank in every vocabulary."""

SEPARATOR: Final = " "
"""The symbol between words."""

LogProbs = npt.NDArray[np.float32]
"""Natural log-probabilities, shape [T frames, V symbols]."""

Path = npt.NDArray[np.intp]
"""One symbol id a frame, shape [T]."""


@dataclass(frozen=True, slots=True)
class DecodedWord:
    """A word on the frames [``start_frame``, ``end_frame``) of the network's output.

    ``confidence`` in [0, 1] is the geometric mean, over the word's letters, of the highest
    posterior that the letter reaches on its frames: the certainty per letter, whatever the length
    of the word. A word that the lexicon forced against the sound is low.

    ``script_confidence`` in [0, 1] is the mean, over the same frames, of the share of the letter
    mass that lies in the scripts of this word: 1 where the network saw no letter of another
    script, whatever it thought of the spelling.
    """

    text: str
    start_frame: int
    end_frame: int
    confidence: float
    script_confidence: float


@dataclass(frozen=True, slots=True)
class Reading:
    """What one search found: the words, and the log-probabilities on their path summed up.

    ``bonus`` is what hot words add to the score of the path, in nats; ``score`` is everything that
    the search weighed: sound, language model, words and hot words.
    """

    words: tuple[DecodedWord, ...] = ()
    acoustic: float = float("-inf")
    bonus: float = 0.0
    score: float = float("-inf")

    @property
    def text(self) -> str:
        """The words as one line."""
        return " ".join(word.text for word in self.words)


class Decoder(Protocol):
    """Anything that turns the log-probabilities [T, V] of one utterance into words."""

    def decode(self, log_probs: LogProbs) -> tuple[DecodedWord, ...]:
        """Words in order of time, on frames that do not overlap.

        Raises:
            ValueError: for an array of another shape, or one that holds NaN.
        """
        ...


class NBestDecoder(Decoder, Protocol):
    """A decoder that can say what else it considered."""

    def readings(self, log_probs: LogProbs, most: int) -> list[Reading]:
        """At most ``most`` readings of ``log_probs`` [T, V], the best first, each text once.

        There is at least one, and the first holds the words of :meth:`decode`.
        """
        ...


def distinct(readings: Iterable[Reading], most: int) -> list[Reading]:
    """The first ``most`` readings that write different things; the first of those of one text."""
    found: dict[str, Reading] = {}
    for one in readings:
        found.setdefault(one.text, one)
        if len(found) == most:
            break
    return list(found.values())


@dataclass(frozen=True, slots=True)
class Span:
    """One symbol on the frames [``start``, ``end``) of a path."""

    symbol: int
    start: int
    end: int


def spans(path: Path) -> list[Span]:
    """Runs of equal symbols of a CTC path [T], blanks left out: the collapse of CTC.

    Graves et al., "Connectionist temporal classification", ICML 2006, section 3.1.
    """
    if not len(path):
        return []
    starts = np.flatnonzero(np.diff(path, prepend=path[0] - 1))
    ends = np.append(starts[1:], len(path))
    return [
        Span(int(path[start]), int(start), int(end))
        for start, end in zip(starts, ends, strict=True)
        if path[start] != BLANK
    ]


class WordReader:
    """Measures words on the log-probabilities they were decoded from.

    Args:
        symbols: the symbols of the classes 1, 2, … as the tokenizer lists them.

    Raises:
        ValueError: when the word separator is not among them.
    """

    def __init__(self, symbols: Sequence[str]) -> None:
        if SEPARATOR not in symbols:
            raise ValueError(f"the vocabulary has no word separator {SEPARATOR!r}")
        self.symbols = ("", *symbols)
        self.separator = self.symbols.index(SEPARATOR)
        scripts = [_script(symbol) for symbol in self.symbols]
        names = sorted({*scripts} - {""})
        self._scripts = np.array([[one == name for name in names] for one in scripts], np.float32)

    def check(self, log_probs: LogProbs) -> None:
        """Refuse what is not [T, V] of finite or ``-inf`` log-probabilities."""
        if log_probs.ndim != 2 or log_probs.shape[1] != len(self.symbols):
            raise ValueError(
                f"log-probabilities of shape {log_probs.shape}: expected [T, {len(self.symbols)}],"
                " one column a symbol of the tokenizer"
            )
        if np.isnan(log_probs).any():
            raise ValueError("log-probabilities hold NaN: the network's output is broken")

    def spelled(self, letters: Iterable[Span], log_probs: LogProbs) -> tuple[DecodedWord, ...]:
        """Words between the separators among ``letters``, written as they are spelled."""
        runs = groupby(letters, key=lambda span: span.symbol == self.separator)
        return self.measured(
            [(None, list(run)) for is_space, run in runs if not is_space], log_probs
        )

    def measured(
        self, words: Sequence[tuple[str | None, Sequence[Span]]], log_probs: LogProbs
    ) -> tuple[DecodedWord, ...]:
        """Words on their letters in ``log_probs`` [T, V]; None is written as it is spelled.

        No word is without letters.
        """
        if not words:
            return ()
        letters = [span for _, spans in words for span in spans]
        symbols = np.array([span.symbol for span in letters])
        counts = np.array([len(spans) for _, spans in words])
        starts = np.cumsum(counts) - counts
        peaks = log_probs[[_peak(span, log_probs) for span in letters]]  # [letters, V]
        best = np.add.reduceat(peaks[np.arange(len(letters)), symbols], starts) / counts
        shares = self._script_shares(symbols, peaks, starts, counts)
        return tuple(
            DecodedWord(
                text=text or "".join(self.symbols[span.symbol] for span in spans),
                start_frame=spans[0].start,
                end_frame=spans[-1].end,
                confidence=_probability(confidence),
                script_confidence=_probability(share),
            )
            for (text, spans), confidence, share in zip(words, np.exp(best), shares, strict=True)
        )

    def _script_shares(
        self, symbols: Path, peaks: LogProbs, starts: Path, counts: Path
    ) -> npt.NDArray[np.float32]:
        """Of every word, the share of its letters' posterior that lies in its own scripts."""
        mass = np.exp(peaks) @ self._scripts  # [letters, scripts]
        own = np.maximum.reduceat(self._scripts[symbols], starts)  # [words, scripts]
        inside, of_all = (mass * np.repeat(own, counts, axis=0)).sum(axis=1), mass.sum(axis=1)
        shares = np.divide(inside, of_all, out=np.zeros_like(inside), where=of_all > 0)
        # A word of marks or digits alone has no script that it could miss.
        return np.where(own.any(axis=1), np.add.reduceat(shares, starts) / counts, 1.0)


def _peak(span: Span, log_probs: LogProbs) -> int:
    """The frame of a span on which its symbol is likeliest."""
    if span.end - span.start == 1:
        return span.start
    return span.start + int(np.argmax(log_probs[span.start : span.end, span.symbol]))


def _script(symbol: str) -> str:
    """Script of a one-letter symbol; empty for marks, digits, modifiers and the blank."""
    if len(symbol) != 1 or not symbol.isalpha():
        return ""
    script = unicodedata.name(symbol, "").split(" ")[0]
    return "" if script == "MODIFIER" else script


def _probability(value: float) -> float:
    """``value`` as a plain float in [0, 1], rounding errors cut off."""
    return min(1.0, max(0.0, float(value)))
