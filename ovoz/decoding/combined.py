"""Combined decoding: lexicon search and character search, whichever suits the sound better."""

from collections.abc import Iterable, Iterator, Sequence
from copy import copy
from dataclasses import replace
from itertools import pairwise
from typing import Self

import numpy as np

from ovoz.decoding.characters import CharacterDecoder
from ovoz.decoding.config import DecoderConfig
from ovoz.decoding.ctc_path import LogProbs
from ovoz.decoding.hypothesis import DecodedHypothesis, DecodedWord, keep_distinct
from ovoz.decoding.lexicon import LexiconDecoder
from ovoz.text.symbols import BLANK


class CombinedDecoder:
    """Decodes every phrase twice and keeps the lexicon's words unless the sound contradicts them.

    The character search finds the likeliest spelling. The lexicon's path may lie below it by
    ``config.lexicon_margin`` per letter; where it lies lower, the phrase holds unknown words. A
    phrase ends where no letter is heard for ``config.pause_frames``, so that one unknown word does
    not cost a long recording its lexicon.

    Args:
        symbols: The tokenizer's symbols, those of the classes 1, 2, …; class 0 is the blank.
        lexicon: The known words.
        config: Settings of both searches.

    Raises:
        ValueError: As :class:`LexiconDecoder` and :class:`CharacterDecoder`.
        FileNotFoundError: A language model does not exist.
    """

    def __init__(
        self, symbols: Sequence[str], lexicon: Iterable[str], config: DecoderConfig
    ) -> None:
        self._lexicon = LexiconDecoder(symbols, lexicon, config)
        self._characters = CharacterDecoder(symbols, config)
        self._config = config

    def decode(self, log_probs: LogProbs) -> tuple[DecodedWord, ...]:
        """Words on ``log_probs`` [T, V]."""
        words: list[DecodedWord] = []
        for start, end in _split_phrases(log_probs, self._config.pause_frames):
            words += [word.shift(start) for word in self._choose(log_probs[start:end])]
        return tuple(words)

    def decode_n_best(self, log_probs: LogProbs, limit: int) -> list[DecodedHypothesis]:
        """At most ``limit`` hypotheses for ``log_probs`` [T, V], the best first, each text once.

        The best hypothesis of each search scores its acoustic score (with the margin for the
        lexicon's), which is what the two are compared by; the others score as far below it as in
        their search. Scores of phrases add up.
        """
        hypotheses = [DecodedHypothesis(acoustic=0.0, score=0.0)]
        for start, end in _split_phrases(log_probs, self._config.pause_frames):
            phrases = self._decode_phrase(log_probs[start:end], limit)
            joined = (before.append(phrase, start) for before in hypotheses for phrase in phrases)
            hypotheses = keep_distinct(sorted(joined, key=_descending_score), limit)
        return hypotheses

    def _decode_phrase(self, log_probs: LogProbs, limit: int) -> list[DecodedHypothesis]:
        known = self._lexicon.decode_n_best(log_probs, limit)
        spelled = self._characters.decode_n_best(log_probs, limit)
        margin = self._margin(known[0], spelled[0])
        comparable = [*_rebase_scores(known, known[0].acoustic + margin)]
        comparable += _rebase_scores(spelled, spelled[0].acoustic)
        # Sorting is stable: of equal scores, the lexicon's come first.
        return keep_distinct(sorted(comparable, key=_descending_score), limit)

    def boost(self, hot_words: Sequence[str]) -> Self:
        """A copy that prefers ``hot_words``; see :meth:`LexiconDecoder.boost`."""
        boosted = copy(self)
        boosted._lexicon = self._lexicon.boost(hot_words)
        return boosted

    def _choose(self, log_probs: LogProbs) -> tuple[DecodedWord, ...]:
        (known,) = self._lexicon.decode_n_best(log_probs, 1)
        (spelled,) = self._characters.decode_n_best(log_probs, 1)
        margin = self._margin(known, spelled)
        return (known if known.acoustic + margin >= spelled.acoustic else spelled).words

    def _margin(self, known: DecodedHypothesis, spelled: DecodedHypothesis) -> float:
        """How far the lexicon's path may lie below the spelled one, in nats."""
        letters = sum(len(word.text) for word in spelled.words)
        return self._config.lexicon_margin * letters + known.bonus


def _descending_score(hypothesis: DecodedHypothesis) -> float:
    return -hypothesis.score


def _rebase_scores(
    hypotheses: Sequence[DecodedHypothesis], best: float
) -> Iterator[DecodedHypothesis]:
    """The hypotheses with the first scored ``best`` and the others as far below it as before."""
    for hypothesis in hypotheses:
        # Not subtracted for the first one: its score may be infinite.
        below = 0.0 if hypothesis is hypotheses[0] else hypotheses[0].score - hypothesis.score
        yield replace(hypothesis, score=best - below)


def _split_phrases(log_probs: LogProbs, pause: int) -> Iterator[tuple[int, int]]:
    """Frames [start, end) between the middles of pauses in which the blank is likeliest."""
    if not len(log_probs):
        return
    heard = np.flatnonzero(np.argmax(log_probs, axis=1) != BLANK)
    before = np.flatnonzero(np.diff(heard) > pause)
    edges = [0, *((heard[before] + heard[before + 1]) // 2).tolist(), len(log_probs)]
    yield from pairwise(edges)
