"""Data selection of a stage: which utterances are drawn, and how often."""

from collections.abc import Mapping, Sequence
from typing import Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from ovoz.corpus.manifest import Condition, Dialect, Split, Utterance
from ovoz.text.code_mixing import measure_mixing
from ovoz.text.language import Language, label_by_script


class Selection(BaseModel):
    """Utterances that match every given criterion; an empty list matches all.

    ``sources`` match the whole source of a row or its part before a colon (``synthetic`` matches
    ``synthetic:espeak-ng``). ``cmi`` is a closed range of the code-mixing index in [0, 1].
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

    def matches(self, utterance: Utterance) -> bool:
        """Whether the utterance matches."""
        criteria = (
            (self.languages, utterance.languages),
            (self.dialects, utterance.dialect),
            (self.conditions, utterance.condition),
        )
        if any(wanted and value not in wanted for wanted, value in criteria):
            return False
        names = {utterance.source, utterance.source.split(":")[0]}
        if self.sources and names.isdisjoint(self.sources):
            return False
        low, high = self.cmi
        return (low, high) == (0.0, 1.0) or low <= compute_cmi(utterance.text) <= high


class MixtureShare(BaseModel):
    """A factor on how often the utterances of a selection are drawn."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    of: Selection
    weight: float = Field(ge=0)


def select_trained(utterances: Sequence[Utterance]) -> list[Utterance]:
    """Rows that a stage reads: those it learns from, and those of the development split."""
    return [row for row in utterances if row.split in (Split.TRAIN, Split.DEV)]


def compute_cmi(transcript: str) -> float:
    """Code-mixing index of a transcript, read from its scripts; 0 without words."""
    return measure_mixing(label_by_script(transcript.split()))


def compute_draw_weight(
    utterance: Utterance,
    select: Selection,
    languages: Mapping[Language, float],
    mixture: tuple[MixtureShare, ...],
) -> float:
    """Expected draws of an utterance in one pass over the data.

    The weight of its language times that of the first matching share of the mixture; 0 for an
    utterance that ``select`` does not match.
    """
    if not select.matches(utterance):
        return 0.0
    factors = (share.weight for share in mixture if share.of.matches(utterance))
    return languages.get(utterance.languages, 0.0) * next(factors, 1.0)
