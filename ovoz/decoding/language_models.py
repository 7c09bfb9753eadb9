"""Language models of a decoder, built from text: one of words, one of characters."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from pydantic import BaseModel, ConfigDict, Field

from ovoz.decoding.arpa import write_arpa
from ovoz.decoding.config import DecoderConfig, DecoderKind
from ovoz.decoding.interpolation import fit_weights, interpolate_models
from ovoz.decoding.kneser_ney import NgramModel, estimate_model
from ovoz.decoding.lexicon_file import LEXICON_FILE, write_lexicon
from ovoz.text.symbols import SEPARATOR

WORDS_FILE: Final = "words.arpa"
CHARACTERS_FILE: Final = "characters.arpa"
SPACE: Final = "|"
"""The space in a character model: tokens of the format must not hold white space."""

_HELD_OUT: Final = 10
"""One distinct sentence of so many is held out of the transcripts to weigh the other texts."""

_READ_BY: Final = {
    "language_model": (WORDS_FILE, {DecoderKind.LEXICON, DecoderKind.OPEN, DecoderKind.COMBINED}),
    "character_model": (CHARACTERS_FILE, {DecoderKind.CHARACTERS, DecoderKind.COMBINED}),
}


class NgramConfig(BaseModel):
    """Orders of the n-gram models; KenLM reads up to 6."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    word_order: int = Field(default=2, ge=1, le=6)
    character_order: int = Field(default=6, ge=1, le=6)


@dataclass(frozen=True, slots=True)
class LanguageModels:
    """A folder of language models.

    Attributes:
        weights: Share of each text in the word model, the transcripts first; they sum to 1.
    """

    directory: Path
    weights: tuple[float, ...]


def build_language_models(
    transcripts: Iterable[str],
    directory: Path,
    config: NgramConfig | None = None,
    others: Iterable[Sequence[str]] = (),
) -> LanguageModels:
    """Write a word model, a character model and the list of all words into ``directory``.

    Args:
        transcripts: Canonical sentences that the network is trained on.
        directory: Made if need be.
        config: Orders of the models.
        others: Canonical sentences of other texts. Each has its own models, which are interpolated
            with those of the transcripts.

    Raises:
        ValueError: There is no transcript, or a text contains ``|``.
    """
    config = config or NgramConfig()
    texts = [[line for line in text if line] for text in (transcripts, *others)]
    if bad := next((line for text in texts for line in text if SPACE in line), None):
        raise ValueError(f"{bad!r} holds {SPACE!r}, which stands for the space")
    directory.mkdir(parents=True, exist_ok=True)
    words, weights = _estimate_mixture(texts, str.split, config.word_order)
    write_arpa(words, directory / WORDS_FILE)
    characters, _ = _estimate_mixture(texts, to_character_tokens, config.character_order)
    write_arpa(characters, directory / CHARACTERS_FILE)
    lexicon = (word for text in texts for line in text for word in line.split())
    write_lexicon(lexicon, directory / LEXICON_FILE)
    return LanguageModels(directory, weights)


def _estimate_mixture(
    texts: Sequence[Sequence[str]], tokenize: Callable[[str], list[str]], order: int
) -> tuple[NgramModel, tuple[float, ...]]:
    """The model of the texts together, and the share of each.

    The shares are those under which sentences of the first text that its model has not seen are
    likeliest. Not dev: where prompts are read by many speakers, dev has the sentences of training.
    """
    first, *others = texts
    whole = estimate_model(map(tokenize, first), order)
    if not others:
        return whole, (1.0,)
    models = [estimate_model(map(tokenize, text), order) for text in others]
    unseen = set(sorted(set(first))[::_HELD_OUT])
    seen = estimate_model((tokenize(line) for line in first if line not in unseen), order)
    weights = fit_weights([seen, *models], map(tokenize, sorted(unseen)))
    return interpolate_models([whole, *models], weights), weights


def to_character_tokens(symbols: Sequence[str]) -> list[str]:
    """Characters as the tokens of the character model."""
    return [SPACE if symbol == SEPARATOR else symbol for symbol in symbols]


def with_language_models(decoder: DecoderConfig, directory: Path) -> DecoderConfig:
    """A copy of ``decoder`` with the models of :func:`build_language_models` that its kind uses."""
    models = {
        field: directory / file
        for field, (file, kinds) in _READ_BY.items()
        if decoder.kind in kinds
    }
    return decoder.model_copy(update=models)
