"""Beam search over characters with a character language model, by flashlight-text."""

import threading
from collections.abc import Sequence
from typing import Any, Final

import numpy as np
from flashlight.lib.text import decoder as flashlight
from flashlight.lib.text.decoder import CriterionType, LexiconFreeDecoderOptions

from ovoz.decoding.config import DecoderConfig
from ovoz.decoding.ctc_path import LogProbs, collapse_path
from ovoz.decoding.emissions import prepare_emissions
from ovoz.decoding.hypothesis import DecodedHypothesis, DecodedWord, keep_distinct
from ovoz.decoding.kenlm import load_language_model
from ovoz.decoding.language_models import to_character_tokens
from ovoz.decoding.word_builder import WordBuilder
from ovoz.text.symbols import BLANK

_BLANK_TOKEN: Final = "<blank>"  # noqa: S105  (no secret: the language model never scores it)


class CharacterDecoder:
    """Finds the likeliest spelling, without a vocabulary. Safe to use from several threads.

    Args:
        symbols: The tokenizer's symbols, those of the classes 1, 2, …; class 0 is the blank.
        config: Beam and weights; ``character_model`` is required.

    Raises:
        ValueError: The configuration names no character model, or an unusable one.
        FileNotFoundError: The character model does not exist.
    """

    def __init__(self, symbols: Sequence[str], config: DecoderConfig) -> None:
        if config.character_model is None:
            raise ValueError(f"the decoder {config.kind.value!r} needs a character_model")
        self._builder = WordBuilder(symbols)
        self._config = config
        tokens = [_BLANK_TOKEN, *to_character_tokens(symbols)]
        self._language_model = load_language_model(config.character_model, tokens)
        # A search runs outside the interpreter lock and holds its own beam: one per thread.
        self._thread_local = threading.local()

    def decode(self, log_probs: LogProbs) -> tuple[DecodedWord, ...]:
        """Words on the best path through ``log_probs`` [T, V]."""
        return self.decode_n_best(log_probs, 1)[0].words

    def decode_n_best(self, log_probs: LogProbs, limit: int) -> list[DecodedHypothesis]:
        """At most ``limit`` hypotheses for ``log_probs`` [T, V], the best first, each text once."""
        self._builder.check_log_probs(log_probs)
        if not len(log_probs):
            return [DecodedHypothesis()]
        emissions = prepare_emissions(
            log_probs, self._builder.separator, self._config.separator_floor
        )
        results = self._search().decode(emissions.ctypes.data, *emissions.shape)
        return keep_distinct((self._to_hypothesis(result, log_probs) for result in results), limit)

    def _to_hypothesis(self, result: Any, log_probs: LogProbs) -> DecodedHypothesis:  # noqa: ANN401
        # flashlight puts one entry before the first frame.
        path = np.asarray(result.tokens, dtype=np.intp)[1 : len(log_probs) + 1]
        words = self._builder.spell(collapse_path(path), log_probs)
        return DecodedHypothesis(words, result.emittingModelScore, score=result.score)

    def _search(self) -> flashlight.LexiconFreeDecoder:
        """This thread's search."""
        if not hasattr(self._thread_local, "search"):
            self._thread_local.search = flashlight.LexiconFreeDecoder(
                LexiconFreeDecoderOptions(
                    beam_size=self._config.character_beam,
                    beam_size_token=min(self._config.symbols_per_frame, len(self._builder.symbols)),
                    beam_threshold=self._config.character_beam_threshold,
                    lm_weight=self._config.character_weight,
                    sil_score=0.0,
                    log_add=False,
                    criterion_type=CriterionType.CTC,
                ),
                self._language_model,
                self._builder.separator,
                BLANK,
                [],  # only other criteria than CTC have transitions
            )
        return self._thread_local.search
