"""Beam search over letters under a character language model, in flashlight-text's native code."""

import threading
from collections.abc import Sequence
from typing import Any, Final

import numpy as np
from flashlight.lib.text import decoder as flashlight
from flashlight.lib.text.decoder import CriterionType, LexiconFreeDecoderOptions

from ovoz.decoding.config import DecoderConfig
from ovoz.decoding.emissions import floored
from ovoz.decoding.kenlm import load_language_model
from ovoz.decoding.language_models import letter_tokens
from ovoz.decoding.words import BLANK, DecodedWord, LogProbs, Reading, WordReader, distinct, spans

_BLANK_TOKEN: Final = "<blank>"  # noqa: S105  (no secret: never asked of the language model)


class CharacterDecoder:
    """Finds the likeliest spelling; no vocabulary limits it.

    One decoder may be used from several threads at once.

    Args:
        symbols: the tokenizer's symbols, those of the classes 1, 2, …; class 0 is the blank.
        config: beam and weights; ``character_model`` is needed.

    Raises:
        ValueError: the configuration names no character model, or an unusable one.
        FileNotFoundError: the character model is not there.
    """

    def __init__(self, symbols: Sequence[str], config: DecoderConfig) -> None:
        if config.character_model is None:
            raise ValueError(f"the decoder {config.kind.value!r} needs a character_model")
        self._reader = WordReader(symbols)
        self._config = config
        tokens = [_BLANK_TOKEN, *letter_tokens(symbols)]
        self._language_model = load_language_model(config.character_model, tokens)
        # A search runs outside the interpreter lock and keeps its beam in itself: one a thread.
        self._own = threading.local()

    def decode(self, log_probs: LogProbs) -> tuple[DecodedWord, ...]:
        """Words on the best path through ``log_probs`` [T, V]."""
        return self.read(log_probs).words

    def read(self, log_probs: LogProbs) -> Reading:
        """The words on the best path through ``log_probs`` [T, V], with its acoustic score."""
        return self.readings(log_probs, 1)[0]

    def readings(self, log_probs: LogProbs, most: int) -> list[Reading]:
        """At most ``most`` readings of ``log_probs`` [T, V], the best first, each text once."""
        self._reader.check(log_probs)
        if not len(log_probs):
            return [Reading()]
        emissions = floored(log_probs, self._reader.separator, self._config.separator_floor)
        results = self._search().decode(emissions.ctypes.data, *emissions.shape)
        return distinct((self._reading(one, log_probs) for one in results), most)

    def _reading(self, result: Any, log_probs: LogProbs) -> Reading:  # noqa: ANN401
        # flashlight puts one entry before the first frame.
        path = np.asarray(result.tokens, dtype=np.intp)[1 : len(log_probs) + 1]
        words = self._reader.spelled(spans(path), log_probs)
        return Reading(words, result.emittingModelScore, score=result.score)

    def _search(self) -> flashlight.LexiconFreeDecoder:
        """This thread's search."""
        if not hasattr(self._own, "search"):
            self._own.search = flashlight.LexiconFreeDecoder(
                LexiconFreeDecoderOptions(
                    beam_size=self._config.character_beam,
                    beam_size_token=min(self._config.symbols_per_frame, len(self._reader.symbols)),
                    beam_threshold=self._config.character_beam_threshold,
                    lm_weight=self._config.character_weight,
                    sil_score=0.0,
                    log_add=False,
                    criterion_type=CriterionType.CTC,
                ),
                self._language_model,
                self._reader.separator,
                BLANK,
                [],  # transitions belong to another criterion than CTC
            )
        return self._own.search
