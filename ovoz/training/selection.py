"""Which utterances a stage trains on, and how often."""

from collections.abc import Mapping
from typing import Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from ovoz.corpus.manifest import Condition, Dialect, Utterance
from ovoz.text.code_mixing import code_mixing_index, language_tokens
from ovoz.text.language import Language, word_language


class Selection(BaseModel):
    """Utterances that match in every respect that is named; an empty list names nothing.

    ``sources`` match a row's source or its beginning up to a colon (``synthetic`` matches
    ``synthetic:espeak-ng``). ``cmi`` bounds the code-mixing index, both ends included, in [0, 1].
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    languages: tuple[Language, ...] = ()
    dialects: tuple[Dialect, ...] = ()
    conditions: tuple[Condition, ...] = ()
    sources: tuple[str, ...] = ()
    cmi: tuple[float, float] = (0.0, 1.0)

    @model_validator(mode="after")
    def _bounds_in_order(self) -> Self:
        low, high = self.cmi
        if not 0 <= low <= high <= 1:
            raise ValueError(f"cmi must be two fractions, the lower first; got {self.cmi}")
        return self

    def holds(self, utterance: Utterance) -> bool:
        """Whether the utterance matches."""
        named = (
            (self.languages, utterance.languages),
            (self.dialects, utterance.dialect),
            (self.conditions, utterance.condition),
        )
        if any(wanted and value not in wanted for wanted, value in named):
            return False
        names = {utterance.source, utterance.source.split(":")[0]}
        if self.sources and names.isdisjoint(self.sources):
            return False
        low, high = self.cmi
        return (low, high) == (0.0, 1.0) or low <= mixing_of(utterance.text) <= high


class Share(BaseModel):
    """How often the utterances of a selection are drawn, as a factor."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    of: Selection
    weight: float = Field(ge=0)


def mixing_of(transcript: str) -> float:
    """Code-mixing index of a canonical transcript, in [0, 1]; 0 without words."""
    labels = [word_language(word) for word in transcript.split()]
    spoken = sorted({*labels} - {Language.MIXED, Language.OTHER}) or [Language.UZBEK]
    if Language.MIXED in labels and len(spoken) == 1:
        spoken = [Language.UZBEK, Language.RUSSIAN]
    tokens = language_tokens(labels, spoken)
    return code_mixing_index(tokens) if any(tokens.values()) else 0.0


def draw_weight(
    utterance: Utterance,
    select: Selection,
    languages: Mapping[Language, float],
    mixture: tuple[Share, ...],
) -> float:
    """Expected draws of an utterance in one pass.

    The weight of its language, times that of the first share of the mixture that holds it; 0
    where the selection does not.
    """
    if not select.holds(utterance):
        return 0.0
    factors = (share.weight for share in mixture if share.of.holds(utterance))
    return languages.get(utterance.languages, 0.0) * next(factors, 1.0)
