"""Prefix beam search over a lexicon, in flashlight-text's native code."""

import threading
from collections.abc import Iterable, Sequence
from copy import copy
from pathlib import Path
from typing import Any, Self

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
from ovoz.decoding.emissions import floored
from ovoz.decoding.hot_words import HotWordModel, HotWordsError, check_hot_words
from ovoz.decoding.kenlm import load_language_model
from ovoz.decoding.kneser_ney import UNKNOWN
from ovoz.decoding.words import (
    BLANK,
    DecodedWord,
    LogProbs,
    Reading,
    Span,
    WordReader,
    distinct,
    spans,
)

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
        self._known = _language_model(config.language_model, self.lexicon)
        self._hot = frozenset[int]()
        self._prepare(self._known)

    def _prepare(self, language_model: LM) -> None:
        """The search's own structures over ``self.lexicon``."""
        spellings = _spellings(self.lexicon, self._reader)
        self._language_model = language_model
        self._trie = _trie(spellings, language_model, len(self._reader.symbols))
        # A search runs outside the interpreter lock and keeps its beam in itself: one a thread.
        self._own = threading.local()

    def boosted(self, hot_words: Sequence[str]) -> Self:
        """The same decoder, which knows ``hot_words`` and prefers them.

        Each of them adds ``config.hot_word_score`` a letter. The language model is asked through
        Python then, which costs a few milliseconds a clip; so does the new prefix tree.

        Raises:
            HotWordsError: too many words, or one that is too long or cannot be spelled.
        """
        check_hot_words(hot_words)
        letters = _letters(self._reader)
        strange = next((word for word in hot_words if not letters >= set(word)), None)
        if strange is not None:
            raise HotWordsError(f"hot word {strange!r}: the model has not all of its letters")
        if not hot_words:
            return self
        other = copy(self)
        other.lexicon = tuple(dict.fromkeys((*self.lexicon, *hot_words)))
        hot = {word: self._config.hot_word_score * len(word) for word in hot_words}
        bonuses = {
            index: hot[word] / max(self._config.language_model_weight, 1e-6)
            for index, word in enumerate(other.lexicon)
            if word in hot
        }
        other._hot = frozenset(bonuses)
        other._prepare(HotWordModel(self._known, len(self.lexicon), bonuses))
        return other

    def decode(self, log_probs: LogProbs) -> tuple[DecodedWord, ...]:
        """Lexicon words on the best path through ``log_probs`` [T, V]."""
        return self.read(log_probs).words

    def read(self, log_probs: LogProbs) -> Reading:
        """The words on the best path through ``log_probs`` [T, V], with its acoustic score."""
        return self.readings(log_probs, 1)[0]

    def readings(self, log_probs: LogProbs, most: int) -> list[Reading]:
        """At most ``most`` readings of ``log_probs`` [T, V], the best first, each text once."""
        self._reader.check(log_probs)
        if not len(log_probs):
            return [Reading()]
        emissions = floored(
            log_probs,
            self._reader.separator,
            self._config.separator_floor,
            closing_frames=self._config.closing_frames,
        )
        results = self._search().decode(emissions.ctypes.data, *emissions.shape)
        return distinct((self._reading(one, log_probs) for one in results), most) or [Reading()]

    def _reading(self, result: Any, log_probs: LogProbs) -> Reading:  # noqa: ANN401
        hot = [self.lexicon[word] for word in result.words if word in self._hot]
        bonus = self._config.hot_word_score * sum(map(len, hot))
        words = self._words(result, log_probs)
        return Reading(words, result.emittingModelScore, bonus, result.score)

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

    def _words(self, result: Any, log_probs: LogProbs) -> tuple[DecodedWord, ...]:  # noqa: ANN401
        """Words of a search result, each on the letters between two word ends."""
        # flashlight puts one entry before the first frame and one after the last.
        frames = len(log_probs)
        path = np.asarray(result.tokens, dtype=np.intp)[1 : frames + 1]
        closed = np.asarray(result.words)[1:-1]
        letters = [span for span in spans(path) if span.symbol != self._reader.separator]
        words: list[tuple[str, list[Span]]] = []
        for end in np.flatnonzero(closed != _NO_WORD):
            own = [span for span in letters if span.start <= end]
            letters = letters[len(own) :]
            if own:  # a word spelled on the closing frames alone was never spoken
                words.append((self.lexicon[closed[end]], own))
        return self._reader.measured(words, log_probs)


def _spellings(lexicon: Sequence[str], reader: WordReader) -> list[list[int]]:
    """Symbol ids of every word, a separator last."""
    if not lexicon:
        raise ValueError("the lexicon is empty: nothing could be recognised")
    ids = {symbol: index for index, symbol in enumerate(reader.symbols) if symbol}
    letters = _letters(reader)
    bad = [word for word in lexicon if not word or not letters >= set(word)]
    if bad:
        shown = ", ".join(map(repr, bad[:5]))
        raise ValueError(
            f"{len(bad)} lexicon words cannot be spelled with the tokenizer's symbols: {shown};"
            " normalize the lexicon as the training text was"
        )
    return [[ids[letter] for letter in word] + [reader.separator] for word in lexicon]


def _letters(reader: WordReader) -> set[str]:
    """What words are written with."""
    return set(reader.symbols) - {"", reader.symbols[reader.separator]}


def _language_model(path: Path | None, lexicon: Sequence[str]) -> LM:
    """The n-gram model at ``path`` over the lexicon's word ids, or none at all."""
    if path is None:
        return ZeroLM()
    return load_language_model(path, [*lexicon, UNKNOWN])


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
