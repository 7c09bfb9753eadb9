"""The evidence about a canary, how it adds up, and what it decides."""

from collections import Counter
from typing import Annotated, Self

import numpy as np
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, PlainSerializer

from ovoz.canary.outcomes import Measure, Outcome, show_margin, show_mean
from ovoz.canary.policy import CanaryPolicy, Decision
from ovoz.canary.wealth import LogWealth, bet_above, bet_below, log_evidence, no_wealth

_Wealth = Annotated[
    LogWealth,
    BeforeValidator(lambda value: np.asarray(value, np.float64)),
    PlainSerializer(lambda value: value.tolist(), return_type=list[float]),
]


class MeasureEvidence(BaseModel):
    """What is known of one measure.

    ``canary`` and ``production`` are sums over ``pairs``; ``worse`` is the wealth of who bets that
    the difference exceeds the margin, ``within`` that it does not.
    """

    model_config = ConfigDict(arbitrary_types_allowed=True)

    pairs: int = 0
    canary: float = 0.0
    production: float = 0.0
    worse: _Wealth = Field(default_factory=no_wealth)
    within: _Wealth = Field(default_factory=no_wealth)

    def add(self, canary: float, production: float, margin: float) -> None:
        """Count one pair."""
        difference = round(canary - production, 6)
        self.pairs += 1
        self.canary += canary
        self.production += production
        self.worse = self.worse + bet_above(difference, margin)
        self.within = self.within + bet_below(difference, margin)

    def joined(self, other: Self) -> "MeasureEvidence":
        """Both of two that have no pair in common."""
        return MeasureEvidence(
            pairs=self.pairs + other.pairs,
            canary=self.canary + other.canary,
            production=self.production + other.production,
            worse=self.worse + other.worse,
            within=self.within + other.within,
        )


class Evidence(BaseModel):
    """What is known of a canary, by measure.

    ``requests`` are those that it answered; ``languages`` counts the transcripts of each version
    (``canary``, ``production``) by language.
    """

    requests: int = 0
    measures: dict[Measure, MeasureEvidence] = {}
    languages: dict[str, dict[str, int]] = {}

    def add(self, canary: Outcome, production: Outcome, policy: CanaryPolicy) -> None:
        """Count a pair of outcomes; measures without a margin are left out."""
        for measure in canary.keys() & production.keys() & policy.margins.keys():
            known = self.measures.setdefault(measure, MeasureEvidence())
            known.add(canary[measure], production[measure], policy.margins[measure])

    def add_language(self, arm: str, language: str) -> None:
        """Count a transcript; one without a language is none."""
        if language:
            counts = self.languages.setdefault(arm, {})
            counts[language] = counts.get(language, 0) + 1

    def joined(self, other: Self) -> "Evidence":
        """Both of two that have no request in common."""
        nothing = MeasureEvidence()
        return Evidence(
            requests=self.requests + other.requests,
            measures={
                one: self.measures.get(one, nothing).joined(other.measures.get(one, nothing))
                for one in Measure
                if one in self.measures or one in other.measures
            },
            languages={
                arm: dict(Counter(self.languages.get(arm)) + Counter(other.languages.get(arm)))
                for arm in sorted({*self.languages, *other.languages})
            },
        )

    @property
    def is_empty(self) -> bool:
        """Whether nothing was counted."""
        return not self.requests and not self.measures and not self.languages


class CanaryVerdict(BaseModel):
    """What the evidence decides, and why."""

    model_config = ConfigDict(frozen=True)

    decision: Decision = Decision.UNDECIDED
    reason: str = ""


def decide(evidence: Evidence, policy: CanaryPolicy) -> CanaryVerdict:
    """What the evidence decides: one measure rolls back, all that count promote."""
    for measure in policy.rolls_back:
        known = evidence.measures.get(measure)
        if known and log_evidence(known.worse) >= policy.log_to_roll_back:
            bound = show_margin(measure, policy.margins[measure])
            told = f"{measure} {_means(measure, known)}, worse by more than {bound}"
            return CanaryVerdict(decision=Decision.ROLL_BACK, reason=f"{told}, {_size(evidence)}")
    if evidence.requests < policy.minimum_requests:
        return CanaryVerdict()
    shown = [evidence.measures.get(measure) for measure in policy.promotes]
    if all(known and log_evidence(known.within) >= policy.log_to_promote for known in shown):
        told = f"not worse by more than the margins in {', '.join(policy.promotes)}"
        return CanaryVerdict(decision=Decision.PROMOTE, reason=f"{told}, {_size(evidence)}")
    if evidence.requests >= policy.maximum_requests and policy.at_maximum != Decision.UNDECIDED:
        told = f"nothing was shown within {policy.maximum_requests} requests"
        return CanaryVerdict(decision=policy.at_maximum, reason=told)
    return CanaryVerdict()


def _means(measure: Measure, known: MeasureEvidence) -> str:
    ours, theirs = known.canary / known.pairs, known.production / known.pairs
    return f"{show_mean(measure, ours)} against {show_mean(measure, theirs)}"


def _size(evidence: Evidence) -> str:
    return f"after {evidence.requests} requests of the canary"
