"""Rescoring: the attention head chooses among the hypotheses of a CTC search.

Watanabe et al., "Hybrid CTC/attention architecture for end-to-end speech recognition", IEEE JSTSP
2017, section III-B ("rescoring"): the score of a hypothesis is a weighted sum over both heads. Here
it is the score of the search, language models included, plus ``attention_weight`` times the
log-probability of the attention head.
"""

import math
from collections.abc import Callable, Sequence
from copy import copy
from dataclasses import dataclass
from typing import Self

from ovoz.decoding.characters import CharacterDecoder
from ovoz.decoding.combined import CombinedDecoder
from ovoz.decoding.config import DecoderConfig
from ovoz.decoding.ctc_path import LogProbs
from ovoz.decoding.factory import build_decoder
from ovoz.decoding.hot_words import boost
from ovoz.decoding.hypothesis import DecodedHypothesis, NBestDecoder
from ovoz.decoding.lexicon import LexiconDecoder

TextScorer = Callable[[Sequence[str]], Sequence[float]]
"""Returns log-probabilities of texts, in nats; minus infinity for texts it cannot score."""


@dataclass(frozen=True, slots=True)
class RescoredHypothesis:
    """A hypothesis of the CTC search with the attention head's log-probability of its text."""

    hypothesis: DecodedHypothesis
    attention: float

    def combine_scores(self, weight: float) -> float:
        """Score of both heads, in nats."""
        score = self.hypothesis.score
        return score + weight * self.attention if weight else score


class Rescorer:
    """Chooses among the hypotheses of a search.

    Args:
        search: Finds them.
        weight: Factor of the attention head's log-probability; with 0 the search decides.
        limit: Most hypotheses that are rescored.
    """

    def __init__(self, search: NBestDecoder, *, weight: float, limit: int) -> None:
        self.search = search
        self._weight = weight
        self._limit = limit

    def rescore(self, log_probs: LogProbs, score_texts: TextScorer) -> list[RescoredHypothesis]:
        """The hypotheses for ``log_probs`` [T, V] in the order of the search, with both scores."""
        return self._rescore(self.search.decode_n_best(log_probs, self._limit), score_texts)

    def decode(self, log_probs: LogProbs, score_texts: TextScorer) -> DecodedHypothesis:
        """The hypothesis with the best score of both heads.

        ``score_texts`` is called only where there are two hypotheses or more.

        Raises:
            ValueError: As the search.
        """
        if not self._weight:
            return self.search.decode_n_best(log_probs, 1)[0]
        hypotheses = self.search.decode_n_best(log_probs, self._limit)
        if len(hypotheses) == 1:
            return hypotheses[0]
        return choose_best(self._rescore(hypotheses, score_texts), self._weight)

    def _rescore(
        self, hypotheses: Sequence[DecodedHypothesis], score_texts: TextScorer
    ) -> list[RescoredHypothesis]:
        scores = score_texts([hypothesis.text for hypothesis in hypotheses])
        return [
            RescoredHypothesis(hypothesis, -math.inf if math.isnan(score) else score)
            for hypothesis, score in zip(hypotheses, scores, strict=True)
        ]

    def boost(self, hot_words: Sequence[str]) -> Self:
        """A copy whose search prefers ``hot_words``; the rescorer itself where there are none.

        Raises:
            HotWordsError: As :func:`ovoz.decoding.hot_words.boost`.
        """
        if not hot_words:
            return self
        boosted = copy(self)
        boosted.search = _require_n_best(boost(self.search, hot_words))
        return boosted


def choose_best(rescored: Sequence[RescoredHypothesis], weight: float) -> DecodedHypothesis:
    """The hypothesis with the best score at ``weight``; of equal scores, the search's first."""
    return max(rescored, key=lambda candidate: candidate.combine_scores(weight)).hypothesis


def build_rescorer(
    config: DecoderConfig, symbols: Sequence[str], lexicon: Sequence[str] = ()
) -> Rescorer:
    """Build the rescorer over the search that a configuration names.

    Raises:
        ValueError: As :func:`build_decoder`, or the decoder has only one hypothesis.
        FileNotFoundError: As :func:`build_decoder`.
    """
    search = _require_n_best(build_decoder(config, symbols, lexicon))
    return Rescorer(search, weight=config.attention_weight, limit=config.n_best)


def _require_n_best(decoder: object) -> NBestDecoder:
    if isinstance(decoder, LexiconDecoder | CharacterDecoder | CombinedDecoder):
        return decoder
    raise ValueError(f"{type(decoder).__name__} has one reading: nothing can be rescored")
