"""Builds the decoder that a configuration names."""

from collections.abc import Sequence

from ovoz.decoding.characters import CharacterDecoder
from ovoz.decoding.combined import CombinedDecoder
from ovoz.decoding.config import DecoderConfig, DecoderKind
from ovoz.decoding.greedy import GreedyDecoder
from ovoz.decoding.hypothesis import Decoder
from ovoz.decoding.lexicon import LexiconDecoder
from ovoz.decoding.open_vocabulary import OpenDecoder


def build_decoder(
    config: DecoderConfig, symbols: Sequence[str], lexicon: Sequence[str] = ()
) -> Decoder:
    """Build the decoder for the classes 1, 2, … that ``symbols`` names; class 0 is the blank.

    Raises:
        ValueError: The decoder needs a lexicon, and ``lexicon`` is empty or cannot be spelled; it
            needs a character model, and none is configured; or it is ``attention``, which does
            not decode log-probabilities.
        FileNotFoundError: The configured language model does not exist.
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
            raise ValueError("decoder attention: only the attention engine decodes that way")
