"""Lexicon decoding: beam search over the words of a lexicon, by flashlight-text."""

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
from ovoz.decoding.ctc_path import LogProbs, SymbolSpan, collapse_path
from ovoz.decoding.emissions import prepare_emissions
from ovoz.decoding.hot_words import HotWordModel, HotWordsError, check_hot_words
from ovoz.decoding.hypothesis import DecodedHypothesis, DecodedWord, keep_distinct
from ovoz.decoding.kenlm import load_language_model
from ovoz.decoding.kneser_ney import UNKNOWN
from ovoz.decoding.word_builder import WordBuilder
from ovoz.text.symbols import BLANK

_NO_WORD = -1


class LexiconDecoder:
    """Finds the likeliest sequence of lexicon words. Safe to use from several threads.

    Every word ends in a separator. The separator's log-probability has a floor, and closing frames
    follow the audio (see :class:`DecoderConfig`); times and confidences come from the
    log-probabilities as the network wrote them.

    Args:
        symbols: The tokenizer's symbols, those of the classes 1, 2, …; class 0 is the blank.
        lexicon: The words that can be recognised.
        config: Beam and weights.

    Raises:
        ValueError: The lexicon is empty or holds a word that the symbols cannot spell.
    """

    def __init__(
        self, symbols: Sequence[str], lexicon: Iterable[str], config: DecoderConfig
    ) -> None:
        self._builder = WordBuilder(symbols)
        self._config = config
        self.lexicon = tuple(dict.fromkeys(lexicon))
        self._base_model = _load_model(config.language_model, self.lexicon)
        self._hot = frozenset[int]()
        self._build_search(self._base_model)

    def _build_search(self, language_model: LM) -> None:
        """Build the prefix tree of ``self.lexicon`` and forget the searches of all threads."""
        spellings = _spell_lexicon(self.lexicon, self._builder)
        self._language_model = language_model
        self._trie = _build_trie(spellings, language_model, len(self._builder.symbols))
        # A search runs outside the interpreter lock and holds its own beam: one per thread.
        self._thread_local = threading.local()

    def boost(self, hot_words: Sequence[str]) -> Self:
        """A copy that knows and prefers ``hot_words``; the decoder itself where there are none.

        Each of them adds ``config.hot_word_score`` per letter. The search then calls the language
        model through Python, which costs a few milliseconds per clip; so does the new prefix tree.

        Raises:
            HotWordsError: There are too many words, or one is too long or cannot be spelled.
        """
        check_hot_words(hot_words)
        letters = _word_letters(self._builder)
        strange = next((word for word in hot_words if not letters >= set(word)), None)
        if strange is not None:
            raise HotWordsError(f"hot word {strange!r}: the model lacks some of its letters")
        if not hot_words:
            return self
        boosted = copy(self)
        boosted.lexicon = tuple(dict.fromkeys((*self.lexicon, *hot_words)))
        weight = max(self._config.language_model_weight, 1e-6)
        hot = frozenset(hot_words)
        bonuses = {
            index: self._config.hot_word_score * len(word) / weight
            for index, word in enumerate(boosted.lexicon)
            if word in hot
        }
        boosted._hot = frozenset(bonuses)
        boosted._build_search(HotWordModel(self._base_model, len(self.lexicon), bonuses))
        return boosted

    def decode(self, log_probs: LogProbs) -> tuple[DecodedWord, ...]:
        """Lexicon words on the best path through ``log_probs`` [T, V]."""
        return self.decode_n_best(log_probs, 1)[0].words

    def decode_n_best(self, log_probs: LogProbs, limit: int) -> list[DecodedHypothesis]:
        """At most ``limit`` hypotheses for ``log_probs`` [T, V], the best first, each text once."""
        self._builder.check_log_probs(log_probs)
        if not len(log_probs):
            return [DecodedHypothesis()]
        emissions = prepare_emissions(
            log_probs,
            self._builder.separator,
            self._config.separator_floor,
            closing_frames=self._config.closing_frames,
        )
        results = self._search().decode(emissions.ctypes.data, *emissions.shape)
        hypotheses = (self._to_hypothesis(result, log_probs) for result in results)
        return keep_distinct(hypotheses, limit) or [DecodedHypothesis()]

    def _to_hypothesis(self, result: Any, log_probs: LogProbs) -> DecodedHypothesis:  # noqa: ANN401
        hot = [self.lexicon[word] for word in result.words if word in self._hot]
        bonus = self._config.hot_word_score * sum(map(len, hot))
        words = self._place_words(result, log_probs)
        return DecodedHypothesis(words, result.emittingModelScore, bonus, result.score)

    def _search(self) -> flashlight.LexiconDecoder:
        """This thread's search."""
        if not hasattr(self._thread_local, "search"):
            self._thread_local.search = flashlight.LexiconDecoder(
                _search_options(self._config, len(self._builder.symbols)),
                self._trie,
                self._language_model,
                self._builder.separator,
                BLANK,
                len(self.lexicon),  # id of the unknown word, which the options forbid
                [],  # only other criteria than CTC have transitions
                False,  # the language model scores words, not symbols
            )
        return self._thread_local.search

    def _place_words(
        self,
        result: Any,  # noqa: ANN401  # flashlight has no types
        log_probs: LogProbs,
    ) -> tuple[DecodedWord, ...]:
        """Words of a search result, each with the letters between two word ends."""
        # flashlight puts one entry before the first frame and one after the last.
        frames = len(log_probs)
        path = np.asarray(result.tokens, dtype=np.intp)[1 : frames + 1]
        closed = np.asarray(result.words)[1:-1]
        letters = [span for span in collapse_path(path) if span.symbol != self._builder.separator]
        words: list[tuple[str, list[SymbolSpan]]] = []
        for end in np.flatnonzero(closed != _NO_WORD):
            own = [span for span in letters if span.start <= end]
            letters = letters[len(own) :]
            if own:  # a word spelled on the closing frames alone was never spoken
                words.append((self.lexicon[closed[end]], own))
        return self._builder.measure(words, log_probs)


def _spell_lexicon(lexicon: Sequence[str], builder: WordBuilder) -> list[list[int]]:
    """Symbol ids of every word, each with a separator at the end."""
    if not lexicon:
        raise ValueError("the lexicon is empty: nothing could be recognised")
    ids = {symbol: index for index, symbol in enumerate(builder.symbols) if symbol}
    letters = _word_letters(builder)
    bad = [word for word in lexicon if not word or not letters >= set(word)]
    if bad:
        shown = ", ".join(map(repr, bad[:5]))
        raise ValueError(
            f"{len(bad)} lexicon words cannot be spelled with the tokenizer's symbols: {shown};"
            " normalize the lexicon as the training text was"
        )
    return [[ids[letter] for letter in word] + [builder.separator] for word in lexicon]


def _word_letters(builder: WordBuilder) -> set[str]:
    """All symbols but blank and separator."""
    return set(builder.symbols) - {"", builder.symbols[builder.separator]}


def _load_model(path: Path | None, lexicon: Sequence[str]) -> LM:
    """The n-gram model at ``path`` over the lexicon's word ids; a constant one without a path."""
    if path is None:
        return ZeroLM()
    return load_language_model(path, [*lexicon, UNKNOWN])


def _build_trie(spellings: Sequence[Sequence[int]], language_model: LM, width: int) -> Trie:
    """The lexicon as a prefix tree; prefixes carry the best score of the words below them."""
    trie = Trie(width, 0)
    start = language_model.start(False)
    for index, spelling in enumerate(spellings):
        _, score = language_model.score(start, index)
        trie.insert(list(spelling), index, score)
    trie.smear(SmearingMode.MAX)
    return trie


def _search_options(config: DecoderConfig, width: int) -> LexiconDecoderOptions:
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
