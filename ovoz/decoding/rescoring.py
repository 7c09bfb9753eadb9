"""The best readings of a CTC search, judged anew by the attention head.

Watanabe et al., "Hybrid CTC/attention architecture for end-to-end speech recognition", IEEE JSTSP
2017, section III-B ("rescoring"): the score of a hypothesis is a weighted sum of what either head
says of it. The sum here is that of the search, language models included, and ``attention_weight``
times the attention head's.
"""

import math
from collections.abc import Callable, Sequence
from copy import copy
from dataclasses import dataclass
from typing import Self

from ovoz.decoding.build import build_decoder
from ovoz.decoding.characters import CharacterDecoder
from ovoz.decoding.combined import CombinedDecoder
from ovoz.decoding.config import DecoderConfig
from ovoz.decoding.hot_words import boosted
from ovoz.decoding.lexicon import LexiconDecoder
from ovoz.decoding.words import LogProbs, NBestDecoder, Reading

Judge = Callable[[Sequence[str]], Sequence[float]]
"""Log-probabilities of texts, in nats; minus infinity for one that cannot be judged."""


@dataclass(frozen=True, slots=True)
class Judged:
    """A reading of the CTC head, and the attention head's log-probability of its text."""

    reading: Reading
    attention: float

    def score(self, weight: float) -> float:
        """Both heads together, in nats."""
        return self.reading.score + weight * self.attention if weight else self.reading.score


class Rescorer:
    """Chooses among the readings of a search.

    Args:
        search: finds them.
        weight: factor of the attention head's log-probability; with 0 the search decides.
        most: readings that are judged.
    """

    def __init__(self, search: NBestDecoder, *, weight: float, most: int) -> None:
        self.search = search
        self._weight = weight
        self._most = most

    def judged(self, log_probs: LogProbs, judge: Judge) -> list[Judged]:
        """The readings of ``log_probs`` [T, V] in the order of the search."""
        readings = self.search.readings(log_probs, self._most)
        scores = judge([one.text for one in readings])
        return [
            Judged(one, -math.inf if math.isnan(score) else score)
            for one, score in zip(readings, scores, strict=True)
        ]

    def read(self, log_probs: LogProbs, judge: Judge) -> Reading:
        """The reading that both heads together like best; ``judge`` is asked where there are two.

        Raises:
            ValueError: as the search.
        """
        if not self._weight:
            return self.search.readings(log_probs, 1)[0]
        readings = self.search.readings(log_probs, self._most)
        if len(readings) == 1:
            return readings[0]
        return self.chosen(self.judged(log_probs, judge), self._weight)

    @staticmethod
    def chosen(judged: Sequence[Judged], weight: float) -> Reading:
        """The best of the readings under a weight; of equal ones, the search's first."""
        return max(judged, key=lambda one: one.score(weight)).reading

    def boosted(self, hot_words: Sequence[str]) -> Self:
        """The same over a search that prefers ``hot_words``.

        Raises:
            ValueError: as :func:`ovoz.decoding.hot_words.boosted`.
        """
        if not hot_words:
            return self
        other = copy(self)
        other.search = _with_readings(boosted(self.search, hot_words))
        return other


def build_rescorer(
    config: DecoderConfig, symbols: Sequence[str], lexicon: Sequence[str] = ()
) -> Rescorer:
    """The rescorer over the search that a configuration asks for.

    Raises:
        ValueError: as :func:`build_decoder`, or the decoder is no search with several readings.
        FileNotFoundError: as :func:`build_decoder`.
    """
    search = _with_readings(build_decoder(config, symbols, lexicon))
    return Rescorer(search, weight=config.attention_weight, most=config.n_best)


def _with_readings(decoder: object) -> NBestDecoder:
    if isinstance(decoder, LexiconDecoder | CharacterDecoder | CombinedDecoder):
        return decoder
    raise ValueError(f"{type(decoder).__name__} has one reading: nothing can be judged anew")
