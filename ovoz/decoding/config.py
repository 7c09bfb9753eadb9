"""Settings of the decoder; they travel inside the model artifact."""

from enum import StrEnum
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field


class DecoderKind(StrEnum):
    """How log-probabilities become words."""

    GREEDY = "greedy"
    """The best symbol of every frame; any spelling can come out."""

    LEXICON = "lexicon"
    """Beam search over the words of a lexicon; nothing else can come out."""

    OPEN = "open"
    """The lexicon search, with the words that it forced against the sound spelled instead."""


class DecoderConfig(BaseModel):
    """Which decoder, how wide, and how its scores are weighted.

    Scores are natural logarithms, added to the acoustic log-probability of a hypothesis.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: DecoderKind = DecoderKind.GREEDY
    beam: int = Field(default=25, ge=1)
    """Hypotheses kept after every frame."""
    beam_threshold: float = Field(default=20.0, gt=0)
    """Hypotheses this far below the best one are dropped."""
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
    language_model_weight: float = Field(default=1.0, ge=0)
    """Factor of the language model's log-probability; without effect when there is none."""
