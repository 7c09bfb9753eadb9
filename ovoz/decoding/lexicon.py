"""Prefix beam search over a lexicon, in flashlight-text's native code."""

import threading
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from flashlight.lib.text import decoder as flashlight
from flashlight.lib.text.decoder import (
    LM,
    CriterionType,
    LexiconDecoderOptions,
    SmearingMode,
    Trie,
    ZeroLM,
)

from ovoz.decoding.config import DecoderConfig
from ovoz.decoding.words import BLANK, DecodedWord, LogProbs, WordReader, spans

_NO_WORD = -1


class LexiconDecoder:
    """Finds the likeliest sequence of lexicon words.

    Every word ends in a separator, so words cannot run into each other unseen; the separator's
    log-probability is floored and the end of the audio is closed as :class:`DecoderConfig` says.
    Times and confidences are read from the network's own log-probabilities, before the floor.
    One decoder may be used from several threads at once.

    Args:
        symbols: the tokenizer's symbols, those of the classes 1, 2, …; class 0 is the blank.
        lexicon: the words that can be recognised.
        config: beam and weights.

    Raises:
        ValueError: for an empty lexicon, or a word that the symbols cannot spell.
    """

    def __init__(
        self, symbols: Sequence[str], lexicon: Iterable[str], config: DecoderConfig
    ) -> None:
        self._reader = WordReader(symbols)
        self._config = config
        self.lexicon = tuple(dict.fromkeys(lexicon))
        spellings = _spellings(self.lexicon, self._reader)
        language_model = _language_model(config.language_model, self.lexicon)
        self._language_model = language_model
        self._trie = _trie(spellings, language_model, len(self._reader.symbols))
        # A search runs outside the interpreter lock and keeps its beam in itself: one a thread.
        self._own = threading.local()

    def decode(self, log_probs: LogProbs) -> tuple[DecodedWord, ...]:
        """Lexicon words on the best path through ``log_probs`` [T, V]."""
        self._reader.check(log_probs)
        if not len(log_probs):
            return ()
        emissions = self._emissions(log_probs)
        results = self._search().decode(emissions.ctypes.data, *emissions.shape)
        return self._words(results[0], log_probs) if results else ()

    def _search(self) -> flashlight.LexiconDecoder:
        """This thread's search over the shared words."""
        if not hasattr(self._own, "search"):
            self._own.search = flashlight.LexiconDecoder(
                _options(self._config, len(self._reader.symbols)),
                self._trie,
                self._language_model,
                self._reader.separator,
                BLANK,
                len(self.lexicon),  # id of the unknown word, which the options forbid
                [],  # transitions belong to another criterion than CTC
                False,  # the language model scores words, not symbols
            )
        return self._own.search

    def _emissions(self, log_probs: LogProbs) -> LogProbs:
        """What the search sees: the separator floored, and certain frames of it at the end."""
        frames, width = log_probs.shape
        emissions = np.full((frames + self._config.closing_frames, width), -1e4, np.float32)
        # The search adds scores up: an infinite one would turn every sum into NaN.
        np.maximum(log_probs, -1e4, out=emissions[:frames])
        separator = emissions[:, self._reader.separator]
        if self._config.separator_floor is not None:
            np.maximum(separator, emissions[:, BLANK] + self._config.separator_floor, out=separator)
        separator[frames:] = 0.0
        return emissions

    def _words(self, result: Any, log_probs: LogProbs) -> tuple[DecodedWord, ...]:  # noqa: ANN401
        """Words of a search result, each on the letters between two word ends."""
        # flashlight puts one entry before the first frame and one after the last.
        frames = len(log_probs)
        path = np.asarray(result.tokens, dtype=np.intp)[1 : frames + 1]
        closed = np.asarray(result.words)[1:-1]
        letters = [span for span in spans(path) if span.symbol != self._reader.separator]
        words: list[DecodedWord] = []
        for end in np.flatnonzero(closed != _NO_WORD):
            own = [span for span in letters if span.start <= end]
            letters = letters[len(own) :]
            if own:  # a word spelled on the closing frames alone was never spoken
                words.append(self._reader.word(own, log_probs, self.lexicon[closed[end]]))
        return tuple(words)


def _spellings(lexicon: Sequence[str], reader: WordReader) -> list[list[int]]:
    """Symbol ids of every word, a separator last."""
    if not lexicon:
        raise ValueError("the lexicon is empty: nothing could be recognised")
    ids = {symbol: index for index, symbol in enumerate(reader.symbols) if symbol}
    letters = ids.keys() - {reader.symbols[reader.separator]}
    bad = [word for word in lexicon if not word or not letters >= set(word)]
    if bad:
        shown = ", ".join(map(repr, bad[:5]))
        raise ValueError(
            f"{len(bad)} lexicon words cannot be spelled with the tokenizer's symbols: {shown};"
            " normalize the lexicon as the training text was"
        )
    return [[ids[letter] for letter in word] + [reader.separator] for word in lexicon]


def _language_model(path: Path | None, lexicon: Sequence[str]) -> LM:
    """The n-gram model at ``path`` over the lexicon's word ids, or none at all."""
    if path is None:
        return ZeroLM()
    if not path.is_file():
        raise FileNotFoundError(f"no language model at {path}")
    from flashlight.lib.text.decoder.kenlm import KenLM
    from flashlight.lib.text.dictionary import Dictionary

    dictionary = Dictionary()
    for word in lexicon:
        dictionary.add_entry(word)
    return KenLM(str(path), dictionary)


def _trie(spellings: Sequence[Sequence[int]], language_model: LM, width: int) -> Trie:
    """The lexicon as a prefix tree; prefixes carry the best score of the words below them."""
    trie = Trie(width, 0)
    start = language_model.start(False)
    for index, spelling in enumerate(spellings):
        _, score = language_model.score(start, index)
        trie.insert(list(spelling), index, score)
    trie.smear(SmearingMode.MAX)
    return trie


def _options(config: DecoderConfig, width: int) -> LexiconDecoderOptions:
    return LexiconDecoderOptions(
        beam_size=config.beam,
        beam_size_token=width,
        beam_threshold=config.beam_threshold,
        lm_weight=config.language_model_weight,
        word_score=config.word_score,
        unk_score=float("-inf"),
        sil_score=0.0,
        log_add=False,
        criterion_type=CriterionType.CTC,
    )
