"""The decoder that a configuration asks for."""

from collections.abc import Sequence

from ovoz.decoding.characters import CharacterDecoder
from ovoz.decoding.combined import CombinedDecoder
from ovoz.decoding.config import DecoderConfig, DecoderKind
from ovoz.decoding.greedy import GreedyDecoder
from ovoz.decoding.lexicon import LexiconDecoder
from ovoz.decoding.open import OpenDecoder
from ovoz.decoding.words import Decoder


def build_decoder(
    config: DecoderConfig, symbols: Sequence[str], lexicon: Sequence[str] = ()
) -> Decoder:
    """A decoder for the classes 1, 2, … named by ``symbols``; class 0 is the blank.

    Raises:
        ValueError: when a lexicon is asked for and ``lexicon`` is empty or cannot be spelled, or
            a character model is needed and none is configured; or attention is asked for,
            which is no reading of log-probabilities.
        FileNotFoundError: when the configured language model is not there.
    """
    match config.kind:
        case DecoderKind.GREEDY:
            return GreedyDecoder(symbols)
        case DecoderKind.LEXICON:
            return LexiconDecoder(symbols, lexicon, config)
        case DecoderKind.OPEN:
            return OpenDecoder(symbols, lexicon, config)
        case DecoderKind.CHARACTERS:
            return CharacterDecoder(symbols, config)
        case DecoderKind.COMBINED:
            return CombinedDecoder(symbols, lexicon, config)
        case DecoderKind.ATTENTION:
            raise ValueError("decoder attention: only the attention engine reads that way")
