"""Language models of a decoder, built from text: one of words, one of characters."""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final

from pydantic import BaseModel, ConfigDict, Field

from ovoz.decoding.arpa import write_arpa
from ovoz.decoding.config import DecoderConfig, DecoderKind
from ovoz.decoding.kneser_ney import estimate_model
from ovoz.text.symbols import SEPARATOR

WORDS_FILE: Final = "words.arpa"
CHARACTERS_FILE: Final = "characters.arpa"
SPACE: Final = "|"
"""The space in a character model: tokens of the format must not hold white space."""

_READ_BY: Final = {
    "language_model": (WORDS_FILE, {DecoderKind.LEXICON, DecoderKind.OPEN, DecoderKind.COMBINED}),
    "character_model": (CHARACTERS_FILE, {DecoderKind.CHARACTERS, DecoderKind.COMBINED}),
}


class LanguageModelConfig(BaseModel):
    """Orders of the n-gram models; KenLM reads up to 6."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    word_order: int = Field(default=2, ge=1, le=6)
    character_order: int = Field(default=6, ge=1, le=6)


def build_language_models(
    texts: Iterable[str], directory: Path, config: LanguageModelConfig | None = None
) -> Path:
    """Write a word model and a character model of ``texts`` into ``directory``, and return it.

    Raises:
        ValueError: There is no text, or one contains ``|``.
    """
    config = config or LanguageModelConfig()
    texts = [text for text in texts if text]
    if bad := next((text for text in texts if SPACE in text), None):
        raise ValueError(f"{bad!r} holds {SPACE!r}, which stands for the space")
    directory.mkdir(parents=True, exist_ok=True)
    words = estimate_model((text.split() for text in texts), config.word_order)
    write_arpa(words, directory / WORDS_FILE)
    characters = estimate_model(map(to_character_tokens, texts), config.character_order)
    write_arpa(characters, directory / CHARACTERS_FILE)
    return directory


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
