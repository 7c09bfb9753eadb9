"""An open vocabulary: lexicon words where they fit the sound, letters where none does."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import groupby

from ovoz.decoding.config import DecoderConfig
from ovoz.decoding.greedy import GreedyDecoder
from ovoz.decoding.lexicon import LexiconDecoder
from ovoz.decoding.words import DecodedWord, LogProbs


class OpenDecoder:
    """Lexicon search whose unlikely words are replaced by what the network spells there.

    A word outside the lexicon is forced into lexicon words that the sound contradicts: their
    confidence is low. Runs of words under ``config.spell_below`` are read again, greedily, from
    the end of the trusted word before them to the start of the one after.

    Args:
        symbols: the tokenizer's symbols, those of the classes 1, 2, …; class 0 is the blank.
        lexicon: the words that are known.
        config: settings of the search, and ``spell_below``.

    Raises:
        ValueError: as :class:`LexiconDecoder`.
    """

    def __init__(
        self, symbols: Sequence[str], lexicon: Iterable[str], config: DecoderConfig
    ) -> None:
        self._known = LexiconDecoder(symbols, lexicon, config)
        self._spelled = GreedyDecoder(symbols)
        self._spell_below = config.spell_below

    def decode(self, log_probs: LogProbs) -> tuple[DecodedWord, ...]:
        """Known words, and spelled ones between them, on ``log_probs`` [T, V]."""
        words = self._known.decode(log_probs)
        runs = [
            (doubtful, list(run))
            for doubtful, run in groupby(words, lambda word: word.confidence < self._spell_below)
        ]
        result: list[DecodedWord] = []
        for place, (doubtful, run) in enumerate(runs):
            if doubtful:
                start = runs[place - 1][1][-1].end_frame if place else 0
                last = place + 1 == len(runs)
                end = len(log_probs) if last else runs[place + 1][1][0].start_frame
                run = self._spell(log_probs[start:end], start)
            result.extend(run)
        return tuple(result)

    def _spell(self, log_probs: LogProbs, offset: int) -> list[DecodedWord]:
        """Words spelled on a stretch of frames that begins at ``offset``."""
        return [
            replace(word, start_frame=word.start_frame + offset, end_frame=word.end_frame + offset)
            for word in self._spelled.decode(log_probs)
        ]
