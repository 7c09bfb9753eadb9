"""What a caller knows of the language beforehand."""

from collections.abc import Sequence
from typing import Final

import numpy as np

from ovoz.decoding.ctc_path import LogProbs
from ovoz.decoding.hot_words import boost
from ovoz.decoding.hypothesis import DecodedWord, Decoder
from ovoz.serving.inference.options import LanguageHint
from ovoz.text.language import Language, word_language

_NEVER: Final = np.float32(-1e4)


RULED_OUT: Final = {
    LanguageHint.UZBEK: Language.RUSSIAN,
    LanguageHint.RUSSIAN: Language.UZBEK,
}
"""The language that nobody speaks under a hint."""


class HintedDecoder:
    """A decoder that follows a hint.

    The script of a word is its language, so leaving out one script's letters leaves out one
    language, whichever way the decoder searches.

    Args:
        decoder: the decoder that reads what is left.
        symbols: the tokenizer's symbols, those of the classes 1, 2, …; class 0 is the blank.
    """

    def __init__(self, decoder: Decoder, symbols: Sequence[str]) -> None:
        self._decoder = decoder
        languages = [None, *(word_language(symbol) for symbol in symbols)]
        self._foreign = {
            hint: np.array([language is other for language in languages])
            for hint, other in RULED_OUT.items()
        }

    def decode(
        self, log_probs: LogProbs, hint: LanguageHint, hot_words: Sequence[str] = ()
    ) -> tuple[DecodedWord, ...]:
        """Words of ``log_probs`` [T, V] in the letters that ``hint`` allows.

        Confidences are those of the network under the hint: the script's is 1 where it holds.
        ``hot_words`` are preferred where the sound leaves a choice.

        Raises:
            HotWordsError: they are too many, too long, cannot be spelled, or the decoder cannot
                use any.
        """
        foreign = self._foreign.get(hint)
        if foreign is not None:
            log_probs = np.where(foreign, _NEVER, log_probs)
        return boost(self._decoder, hot_words).decode(log_probs)
