"""Open-vocabulary decoding: lexicon words where they fit the sound, spelled words elsewhere."""

from collections.abc import Iterable, Sequence
from itertools import groupby

from ovoz.decoding.config import DecoderConfig
from ovoz.decoding.ctc_path import LogProbs
from ovoz.decoding.greedy import GreedyDecoder
from ovoz.decoding.hypothesis import DecodedWord
from ovoz.decoding.lexicon import LexiconDecoder


class OpenDecoder:
    """Lexicon search in which doubtful words are replaced by what the network spells there.

    The search forces a word outside the lexicon into lexicon words that the sound contradicts, so
    their confidence is low. Runs of words with a confidence under ``config.spell_below`` are
    decoded again, greedily, from the end of the trusted word before them to the start of the one
    after.

    Args:
        symbols: The tokenizer's symbols, those of the classes 1, 2, …; class 0 is the blank.
        lexicon: The known words.
        config: Settings of the search, and ``spell_below``.

    Raises:
        ValueError: As :class:`LexiconDecoder`.
    """

    def __init__(
        self, symbols: Sequence[str], lexicon: Iterable[str], config: DecoderConfig
    ) -> None:
        self._search = LexiconDecoder(symbols, lexicon, config)
        self._greedy = GreedyDecoder(symbols)
        self._spell_below = config.spell_below

    def decode(self, log_probs: LogProbs) -> tuple[DecodedWord, ...]:
        """Lexicon words and, between them, spelled words on ``log_probs`` [T, V]."""
        words = self._search.decode(log_probs)
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
                run = [word.shift(start) for word in self._greedy.decode(log_probs[start:end])]
            result.extend(run)
        return tuple(result)
