"""Words with frames and confidences, built from the symbols of a CTC path."""

import unicodedata
from collections.abc import Iterable, Sequence
from itertools import groupby

import numpy as np
import numpy.typing as npt

from ovoz.decoding.ctc_path import LogProbs, SymbolPath, SymbolSpan
from ovoz.decoding.hypothesis import DecodedWord
from ovoz.text.symbols import SEPARATOR


class WordBuilder:
    """Builds words and measures them on the log-probabilities they were decoded from.

    Args:
        symbols: The symbols of the classes 1, 2, … as the tokenizer lists them.

    Raises:
        ValueError: The word separator is not among them.
    """

    def __init__(self, symbols: Sequence[str]) -> None:
        if SEPARATOR not in symbols:
            raise ValueError(f"the vocabulary has no word separator {SEPARATOR!r}")
        self.symbols = ("", *symbols)
        self.separator = self.symbols.index(SEPARATOR)
        scripts = [_script(symbol) for symbol in self.symbols]
        names = sorted({*scripts} - {""})
        self._scripts = np.array(
            [[script == name for name in names] for script in scripts], np.float32
        )

    def check_log_probs(self, log_probs: LogProbs) -> None:
        """Check that the array is [T, V] and holds finite or ``-inf`` log-probabilities.

        Raises:
            ValueError: It has another shape or holds NaN.
        """
        if log_probs.ndim != 2 or log_probs.shape[1] != len(self.symbols):
            raise ValueError(
                f"log-probabilities of shape {log_probs.shape}: expected [T, {len(self.symbols)}],"
                " one column per symbol of the tokenizer"
            )
        if np.isnan(log_probs).any():
            raise ValueError("log-probabilities hold NaN: the network's output is broken")

    def spell(self, letters: Iterable[SymbolSpan], log_probs: LogProbs) -> tuple[DecodedWord, ...]:
        """Words between the separators among ``letters``, spelled letter by letter."""
        runs = groupby(letters, key=lambda span: span.symbol == self.separator)
        return self.measure(
            [(None, list(run)) for is_space, run in runs if not is_space], log_probs
        )

    def measure(
        self, words: Sequence[tuple[str | None, Sequence[SymbolSpan]]], log_probs: LogProbs
    ) -> tuple[DecodedWord, ...]:
        """Words with the frames and confidences that their letters have in ``log_probs`` [T, V].

        Args:
            words: Text and letters of each, at least one letter; without a text the letters spell
                the word.
            log_probs: As the network wrote them.
        """
        if not words:
            return ()
        letters = [span for _, spans in words for span in spans]
        symbols = np.array([span.symbol for span in letters])
        counts = np.array([len(spans) for _, spans in words])
        starts = np.cumsum(counts) - counts
        peaks = log_probs[[_find_peak(span, log_probs) for span in letters]]  # [letters, V]
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
        self, symbols: SymbolPath, peaks: LogProbs, starts: SymbolPath, counts: SymbolPath
    ) -> npt.NDArray[np.float32]:
        """Share of each word's letter posterior that lies in the word's own scripts, [words]."""
        mass = np.exp(peaks) @ self._scripts  # [letters, scripts]
        own = np.maximum.reduceat(self._scripts[symbols], starts)  # [words, scripts]
        inside, of_all = (mass * np.repeat(own, counts, axis=0)).sum(axis=1), mass.sum(axis=1)
        shares = np.divide(inside, of_all, out=np.zeros_like(inside), where=of_all > 0)
        # A word of marks or digits alone has no script to compare with.
        return np.where(own.any(axis=1), np.add.reduceat(shares, starts) / counts, 1.0)


def _find_peak(span: SymbolSpan, log_probs: LogProbs) -> int:
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
    """``value`` as a plain float in [0, 1], clipped against rounding errors."""
    return min(1.0, max(0.0, float(value)))
