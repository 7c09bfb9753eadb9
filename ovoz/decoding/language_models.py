"""The language models of a decoder, built from text: words, and letters."""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final

from pydantic import BaseModel, ConfigDict, Field

from ovoz.decoding.arpa import write_arpa
from ovoz.decoding.config import DecoderConfig, DecoderKind
from ovoz.decoding.kneser_ney import estimate
from ovoz.decoding.words import SEPARATOR

WORDS_FILE: Final = "words.arpa"
CHARACTERS_FILE: Final = "characters.arpa"
SPACE: Final = "|"
"""How the space is written in a character model: tokens of the format hold no white space."""

_READ_BY: Final = {
    "language_model": (WORDS_FILE, {DecoderKind.LEXICON, DecoderKind.OPEN, DecoderKind.COMBINED}),
    "character_model": (CHARACTERS_FILE, {DecoderKind.CHARACTERS, DecoderKind.COMBINED}),
}


class LanguageModelConfig(BaseModel):
    """Lengths of the n-grams; KenLM reads up to 6."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    word_order: int = Field(default=2, ge=1, le=6)
    character_order: int = Field(default=6, ge=1, le=6)


def build_language_models(
    texts: Iterable[str], directory: Path, config: LanguageModelConfig | None = None
) -> Path:
    """Write a word and a character model of ``texts`` into ``directory``, and return it.

    Raises:
        ValueError: no text, or one that holds the sign ``|``.
    """
    config = config or LanguageModelConfig()
    texts = [text for text in texts if text]
    if bad := next((text for text in texts if SPACE in text), None):
        raise ValueError(f"{bad!r} holds {SPACE!r}, which stands for the space")
    directory.mkdir(parents=True, exist_ok=True)
    words = estimate((text.split() for text in texts), config.word_order)
    write_arpa(words, directory / WORDS_FILE)
    letters = estimate(map(letter_tokens, texts), config.character_order)
    write_arpa(letters, directory / CHARACTERS_FILE)
    return directory


def letter_tokens(symbols: Sequence[str]) -> list[str]:
    """Letters as the character model knows them."""
    return [SPACE if symbol == SEPARATOR else symbol for symbol in symbols]


def with_language_models(decoder: DecoderConfig, directory: Path) -> DecoderConfig:
    """``decoder`` with those models of :func:`build_language_models` that its kind reads."""
    models = {
        field: directory / file
        for field, (file, kinds) in _READ_BY.items()
        if decoder.kind in kinds
    }
    return decoder.model_copy(update=models)
