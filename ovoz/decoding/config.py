"""Settings of the decoder; they travel inside the model artifact."""

from enum import StrEnum
from pathlib import Path
from typing import Final, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator


class DecoderKind(StrEnum):
    """How log-probabilities become words."""

    GREEDY = "greedy"
    """The best symbol of every frame; any spelling can come out."""

    LEXICON = "lexicon"
    """Beam search over the words of a lexicon; nothing else can come out."""

    OPEN = "open"
    """The lexicon search, with the words that it forced against the sound spelled instead."""

    CHARACTERS = "characters"
    """Beam search over letters under a character language model; any spelling can come out."""

    COMBINED = "combined"
    """The lexicon search where the sound agrees with it, else the search over letters."""

    ATTENTION = "attention"
    """The attention head writes the text; not a reading of log-probabilities at all."""


_SEARCHES: Final = (DecoderKind.LEXICON, DecoderKind.CHARACTERS, DecoderKind.COMBINED)
"""Decoders that know more than one reading."""


class DecoderConfig(BaseModel):
    """Which decoder, how wide, and how its scores are weighted.

    Scores are natural logarithms unless said otherwise, added to the acoustic log-probability of
    a hypothesis.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: DecoderKind = DecoderKind.GREEDY
    beam: int = Field(default=25, ge=1)
    """Hypotheses kept after every frame."""
    beam_threshold: float = Field(default=20.0, gt=0)
    """Hypotheses this far below the best one are dropped. At 10 the search takes a quarter less
    time; a network that is unsure of itself loses words there."""
    separator_floor: float | None = Field(default=-3.0, le=0)
    """Least log-probability of the word separator *relative to the blank* of the same frame.

    Networks trained on joined speech spell words well and miss the spaces between them; the floor
    lets the search close a word wherever the network hears no letter and the lexicon says that
    one ends. An absolute floor would also offer the space on letters, and lose them. ``None``
    trusts the network.
    """
    closing_frames: int = Field(default=2, ge=1)
    """Frames of certain separator put after the audio, so that the last word is closed."""
    word_score: float = -1.5
    """Added for every word: above 0 prefers many short words, below 0 few long ones."""
    spell_below: float = Field(default=0.1, ge=0, le=1)
    """Confidence under which the open decoder spells a word instead of trusting the lexicon."""
    language_model: Path | None = None
    """Word n-gram model in KenLM's ARPA or binary format; relative paths start at the artifact."""
    language_model_weight: float = Field(default=0.8, ge=0)
    """Factor of the language model's log-probability (base 10); no effect when there is none."""
    character_model: Path | None = None
    """Character n-gram model in the same formats, with ``|`` for the space."""
    character_weight: float = Field(default=1.8, ge=0)
    """Factor of the character model's log-probability, which KenLM gives to base 10."""
    character_beam: int = Field(default=16, ge=1)
    """Hypotheses that the search over letters keeps after every frame."""
    character_beam_threshold: float = Field(default=10.0, gt=0)
    """Hypotheses of letters this far below the best one are dropped."""
    symbols_per_frame: int = Field(default=8, ge=1)
    """The likeliest symbols of a frame, the only ones that the search over letters tries."""
    lexicon_margin: float = Field(default=0.3, ge=0)
    """Acoustic log-probability a letter by which lexicon words may lie below spelled ones.

    The combined decoder gives up the lexicon where its words cost the sound more than this.
    """
    pause_frames: int = Field(default=20, ge=1)
    """Frames without a letter at which the combined decoder begins to choose anew."""

    attention_beam: int = Field(default=5, ge=1)
    """Hypotheses that the attention head keeps after every token."""
    attention_weight: float = Field(default=0.0, ge=0)
    """Factor of the attention head's log-probability of a whole text, added to the score of the
    search; above 0, the best readings of the CTC head are judged anew by it. Needs a hybrid
    network, and a search: ``lexicon``, ``characters`` or ``combined``."""
    n_best: int = Field(default=8, ge=2)
    """Readings that the attention head judges."""
    hot_word_score: float = Field(default=1.0, ge=0)
    """Added for every letter of a word that the request asks to listen for."""

    @model_validator(mode="after")
    def _rescoring_needs_a_search(self) -> Self:
        if self.attention_weight and self.kind not in _SEARCHES:
            raise ValueError(
                f"attention_weight: the decoder {self.kind} has one reading to judge; take"
                f" {', '.join(_SEARCHES)}"
            )
        return self

    @property
    def rescores(self) -> bool:
        """Whether the attention head judges what the CTC head reads."""
        return self.attention_weight > 0 and self.kind in _SEARCHES

    @classmethod
    def best_path(cls, *, ctc: bool) -> Self:
        """The decoder that searches least, of a CTC head or else of an attention head."""
        if ctc:
            return cls(kind=DecoderKind.GREEDY)
        return cls(kind=DecoderKind.ATTENTION, attention_beam=1)

    def model_files(self) -> tuple[Path, ...]:
        """The language models that the decoder reads."""
        return tuple(path for path in (self.language_model, self.character_model) if path)

    def with_models_in(self, directory: Path) -> Self:
        """The same with every language model looked for, by its name, in ``directory``."""
        return self.model_copy(
            update={
                field: directory / path.name
                for field in ("language_model", "character_model")
                if (path := getattr(self, field))
            }
        )
