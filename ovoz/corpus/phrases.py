"""Phrases of aligned utterances: cut out of their sound, compared by voice, and joined."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
from scipy.signal import welch

from ovoz.audio.signal import SAMPLE_RATE, Samples, Seconds
from ovoz.corpus.manifest import Utterance

_BANDS: Final = 32
_SEARCH_S: Final = 0.04
"""Around the boundary of two words, the quietest place is looked for this far on both sides."""


@dataclass(frozen=True, slots=True)
class TimedWord:
    """A word and where in its recording it lies."""

    text: str
    start_s: Seconds
    end_s: Seconds


@dataclass(frozen=True, slots=True)
class AlignedUtterance:
    """A monolingual utterance with its words in time; ``score`` as an alignment gives it."""

    utterance: Utterance
    words: tuple[TimedWord, ...]
    score: float


@dataclass(frozen=True, slots=True)
class Phrase:
    """Words from ``first`` to before ``last`` of an utterance, and its whole sound."""

    source: AlignedUtterance
    samples: Samples
    first: int
    last: int

    @property
    def words(self) -> tuple[TimedWord, ...]:
        """The words themselves."""
        return self.source.words[self.first : self.last]

    def cut(self) -> Samples:
        """The sound of the words, cut where it is quietest between them and their neighbours."""
        return self.samples[self._boundary(self.first) : self._boundary(self.last)]

    def _boundary(self, place: int) -> int:
        """Sample at which the word at ``place`` begins, and the one before it ends."""
        words = self.source.words
        if place == 0:
            return max(0, round((words[0].start_s - _SEARCH_S) * SAMPLE_RATE))
        if place == len(words):
            return min(len(self.samples), round((words[-1].end_s + _SEARCH_S) * SAMPLE_RATE))
        return _quietest(self.samples, *_gap(words[place - 1], words[place]))


def measure_timbre(samples: Samples) -> npt.NDArray[np.float64]:
    """Long-term average spectrum in dB, 32 bands over 0 to 8 kHz, without its level.

    Voices with like spectra sound like each other (Löfqvist, 1986); the level says nothing of them.
    """
    _, power = welch(samples, SAMPLE_RATE, nperseg=2 * _BANDS)
    decibels = 10 * np.log10(power[1:] + 1e-12)
    return np.asarray(decibels - decibels.mean(), dtype=np.float64)


def crossfade(pieces: Sequence[Samples], overlap: int) -> Samples:
    """Pieces one after the other, each over the end of the one before by ``overlap`` samples.

    The fades are raised cosines that sum to one, so that a steady sound stays as it is.
    """
    joined = pieces[0]
    for piece in pieces[1:]:
        width = min(overlap, len(joined), len(piece))
        rise = (0.5 - 0.5 * np.cos(np.pi * (np.arange(width) + 0.5) / max(width, 1))).astype(
            np.float32
        )
        middle = joined[len(joined) - width :] * (1 - rise) + piece[:width] * rise
        joined = np.concatenate([joined[: len(joined) - width], middle, piece[width:]])
    return joined


def _gap(left: TimedWord, right: TimedWord) -> tuple[Seconds, Seconds]:
    """Where a cut between two words may lie: about their border, but in no middle of a word."""
    middle = (left.end_s + right.start_s) / 2
    low_s = max(min(left.end_s, middle - _SEARCH_S), (left.start_s + left.end_s) / 2)
    high_s = min(max(right.start_s, middle + _SEARCH_S), (right.start_s + right.end_s) / 2)
    return low_s, high_s


def _quietest(samples: Samples, low_s: Seconds, high_s: Seconds) -> int:
    """The middle of the quietest 10 ms between two times."""
    width = SAMPLE_RATE // 100
    low, high = round(low_s * SAMPLE_RATE), round(high_s * SAMPLE_RATE)
    if high - low <= width:
        return (low + high) // 2
    energy = np.convolve(samples[low:high] ** 2, np.ones(width), mode="valid")
    return low + int(np.argmin(energy)) + width // 2


def measure_level(samples: Samples) -> float:
    """Root mean square of samples, full scale being 1; 0 without any."""
    return float(np.sqrt(np.mean(np.square(samples)))) if len(samples) else 0.0
