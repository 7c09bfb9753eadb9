"""Known words where the sound agrees with them, spelled ones elsewhere."""

from collections.abc import Iterable, Iterator, Sequence
from copy import copy
from dataclasses import replace
from itertools import pairwise
from typing import Self

import numpy as np

from ovoz.decoding.characters import CharacterDecoder
from ovoz.decoding.config import DecoderConfig
from ovoz.decoding.lexicon import LexiconDecoder
from ovoz.decoding.words import BLANK, DecodedWord, LogProbs, Reading, distinct


class CombinedDecoder:
    """Reads every stretch of speech twice, and keeps the lexicon's words unless the sound objects.

    The search over letters finds the spelling that sound and character model like best; how far
    the lexicon's path lies below it, acoustically and a letter, tells a known sentence from one
    with unknown words. Stretches end where no letter is heard for ``config.pause_frames``, so that
    one unknown word does not cost a long recording its lexicon.

    Args:
        symbols: the tokenizer's symbols, those of the classes 1, 2, …; class 0 is the blank.
        lexicon: the words that are known.
        config: settings of both searches.

    Raises:
        ValueError: as :class:`LexiconDecoder` and :class:`CharacterDecoder`.
        FileNotFoundError: a language model is not there.
    """

    def __init__(
        self, symbols: Sequence[str], lexicon: Iterable[str], config: DecoderConfig
    ) -> None:
        self._known = LexiconDecoder(symbols, lexicon, config)
        self._spelled = CharacterDecoder(symbols, config)
        self._config = config

    def decode(self, log_probs: LogProbs) -> tuple[DecodedWord, ...]:
        """Words on ``log_probs`` [T, V]."""
        words: list[DecodedWord] = []
        for start, end in _stretches(log_probs, self._config.pause_frames):
            words += [_moved(word, start) for word in self._choose(log_probs[start:end])]
        return tuple(words)

    def readings(self, log_probs: LogProbs, most: int) -> list[Reading]:
        """At most ``most`` readings of ``log_probs`` [T, V], the best first, each text once.

        Their scores are counted from the acoustic score of the best path of either search, which
        is what the two are compared by; those of the stretches add up.
        """
        whole = [Reading(acoustic=0.0, score=0.0)]
        for start, end in _stretches(log_probs, self._config.pause_frames):
            here = self._of_stretch(log_probs[start:end], most)
            both = (_behind(one, two, start) for one in whole for two in here)
            whole = distinct(sorted(both, key=lambda one: -one.score), most)
        return whole

    def _of_stretch(self, log_probs: LogProbs, most: int) -> list[Reading]:
        known = self._known.readings(log_probs, most)
        spelled = self._spelled.readings(log_probs, most)
        allowed = self._allowed(known[0], spelled[0])
        comparable = [*_counted_from(known, known[0].acoustic + allowed)]
        comparable += _counted_from(spelled, spelled[0].acoustic)
        # Of equal ones, the lexicon's come first: sorting keeps the order.
        return distinct(sorted(comparable, key=lambda one: -one.score), most)

    def boosted(self, hot_words: Sequence[str]) -> Self:
        """The same decoder, which prefers ``hot_words``; see :meth:`LexiconDecoder.boosted`."""
        other = copy(self)
        other._known = self._known.boosted(hot_words)
        return other

    def _choose(self, log_probs: LogProbs) -> tuple[DecodedWord, ...]:
        known, spelled = self._known.read(log_probs), self._spelled.read(log_probs)
        allowed = self._allowed(known, spelled)
        return (known if known.acoustic + allowed >= spelled.acoustic else spelled).words

    def _allowed(self, known: Reading, spelled: Reading) -> float:
        """How far the lexicon's path may lie below the spelled one, in nats."""
        letters = sum(len(word.text) for word in spelled.words)
        return self._config.lexicon_margin * letters + known.bonus


def _counted_from(readings: Sequence[Reading], best: float) -> Iterator[Reading]:
    """The same readings, scored ``best`` and less."""
    for one in readings:
        below = readings[0].score - one.score if one is not readings[0] else 0.0
        yield replace(one, score=best - below)


def _behind(one: Reading, two: Reading, offset: int) -> Reading:
    """Both readings, the second moved by ``offset`` frames."""
    moved = tuple(_moved(word, offset) for word in two.words)
    return Reading(
        (*one.words, *moved),
        one.acoustic + two.acoustic,
        one.bonus + two.bonus,
        one.score + two.score,
    )


def _stretches(log_probs: LogProbs, pause: int) -> Iterator[tuple[int, int]]:
    """Frames [start, end) between the middles of pauses in which the blank is likeliest."""
    if not len(log_probs):
        return
    heard = np.flatnonzero(np.argmax(log_probs, axis=1) != BLANK)
    before = np.flatnonzero(np.diff(heard) > pause)
    edges = [0, *((heard[before] + heard[before + 1]) // 2).tolist(), len(log_probs)]
    yield from pairwise(edges)


def _moved(word: DecodedWord, offset: int) -> DecodedWord:
    return replace(word, start_frame=word.start_frame + offset, end_frame=word.end_frame + offset)
