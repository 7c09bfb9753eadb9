"""Settings of the decoder, stored in the model artifact."""

from enum import StrEnum
from pathlib import Path
from typing import Final, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator


class DecoderKind(StrEnum):
    """How log-probabilities are turned into words."""

    GREEDY = "greedy"
    """The likeliest symbol of every frame; any spelling is possible."""

    LEXICON = "lexicon"
    """Beam search over the words of a lexicon; no other word is possible."""

    OPEN = "open"
    """Lexicon search in which doubtful words are spelled greedily instead."""

    CHARACTERS = "characters"
    """Beam search over characters with a language model; any spelling is possible."""

    COMBINED = "combined"
    """Lexicon search where the sound agrees with it, else character search."""

    ATTENTION = "attention"
    """The attention head writes the text; log-probabilities are not used."""


_SEARCHES: Final = (DecoderKind.LEXICON, DecoderKind.CHARACTERS, DecoderKind.COMBINED)
"""Decoders with more than one hypothesis."""


class DecoderConfig(BaseModel):
    """Kind, beam and weights of a decoder.

    Scores are natural logarithms, unless stated otherwise, and are added to the acoustic
    log-probability of a hypothesis.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: DecoderKind = DecoderKind.GREEDY
    beam: int = Field(default=25, ge=1)
    """Hypotheses kept after every frame."""
    beam_threshold: float = Field(default=20.0, gt=0)
    """Hypotheses this far below the best one are dropped. At 10 the search takes a quarter less
    time, but an uncertain network loses words."""
    separator_floor: float | None = Field(default=-3.0, le=0)
    """Least log-probability of the word separator *relative to the blank* of the same frame.

    Networks trained on continuous speech spell words well and miss the spaces between them. The
    floor lets the search end a word wherever the network hears no letter and the lexicon has a word
    end. An absolute floor would also offer a space in the middle of letters, and lose them. Without
    a floor (None) the network decides.
    """
    closing_frames: int = Field(default=2, ge=1)
    """Frames of pure separator added after the audio to end the last word."""
    word_score: float = -1.5
    """Added per word: above 0 favours many short words, below 0 few long ones."""
    spell_below: float = Field(default=0.1, ge=0, le=1)
    """Confidence under which the open decoder spells a word instead of using the lexicon's."""
    language_model: Path | None = None
    """Word n-gram model in KenLM's ARPA or binary format; paths are relative to the artifact."""
    language_model_weight: float = Field(default=0.8, ge=0)
    """Factor of the language model's log-probability (base 10); unused without a model."""
    character_model: Path | None = None
    """Character n-gram model in the same formats, with ``|`` for the space."""
    character_weight: float = Field(default=1.8, ge=0)
    """Factor of the character model's log-probability (base 10)."""
    character_beam: int = Field(default=16, ge=1)
    """Hypotheses that the character search keeps after every frame."""
    character_beam_threshold: float = Field(default=10.0, gt=0)
    """Hypotheses of the character search this far below the best one are dropped."""
    symbols_per_frame: int = Field(default=8, ge=1)
    """How many of the likeliest symbols of a frame the character search tries."""
    lexicon_margin: float = Field(default=0.3, ge=0)
    """Acoustic log-probability per letter by which lexicon words may lie below spelled ones.

    The combined decoder spells a phrase whose lexicon words lie lower than this.
    """
    pause_frames: int = Field(default=20, ge=1)
    """Frames without a letter that end a phrase of the combined decoder."""
    attention_beam: int = Field(default=5, ge=1)
    """Hypotheses that the attention head keeps after every token."""
    attention_weight: float = Field(default=0.0, ge=0)
    """Factor of the attention head's log-probability of a whole text. Above 0, the hypotheses of
    the CTC search are rescored with it, which needs a hybrid network and a search: ``lexicon``,
    ``characters`` or ``combined``."""
    n_best: int = Field(default=8, ge=2)
    """Most hypotheses that are rescored."""
    hot_word_score: float = Field(default=1.0, ge=0)
    """Added per letter of a hot word."""

    @model_validator(mode="after")
    def _rescoring_needs_a_search(self) -> Self:
        if self.attention_weight and self.kind not in _SEARCHES:
            raise ValueError(
                f"attention_weight: the decoder {self.kind} has one reading to judge; choose one of"
                f" {', '.join(_SEARCHES)}"
            )
        return self

    @property
    def rescores(self) -> bool:
        """Whether the attention head rescores the hypotheses of the CTC search."""
        return self.attention_weight > 0 and self.kind in _SEARCHES

    @property
    def reads_ctc_alone(self) -> bool:
        """Whether the CTC head is all that is read."""
        return self.kind is not DecoderKind.ATTENTION and not self.rescores

    @classmethod
    def best_path(cls, *, ctc: bool) -> Self:
        """The decoder with the least search: greedy for a CTC head, else a beam of one."""
        if ctc:
            return cls(kind=DecoderKind.GREEDY)
        return cls(kind=DecoderKind.ATTENTION, attention_beam=1)

    def model_files(self) -> tuple[Path, ...]:
        """Files of the language models that the decoder uses."""
        return tuple(path for path in (self.language_model, self.character_model) if path)

    def with_models_in(self, directory: Path) -> Self:
        """A copy whose language models are the files of the same names in ``directory``."""
        return self.model_copy(
            update={
                field: directory / path.name
                for field in ("language_model", "character_model")
                if (path := getattr(self, field))
            }
        )
