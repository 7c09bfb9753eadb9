"""``GET /v1/canary``: the canary beside production, as far as it is known."""

import dataclasses

from fastapi import APIRouter
from pydantic import BaseModel

from ovoz.canary.outcomes import Measure
from ovoz.canary.policy import CanaryPolicy, Decision
from ovoz.canary.wealth import log_evidence
from ovoz.serving.api.openapi_responses import CALLING, problems
from ovoz.serving.canary.trials import Trial
from ovoz.serving.problems import ProblemError
from ovoz.serving.state import State

PATH = "/v1/canary"


class MeasureView(BaseModel):
    """One measure: its mean for both versions, and the evidence.

    ``log_worse`` and ``log_within`` are natural logarithms of e-values: that the canary is worse by
    more than the margin, and that it is not. An e-value of 1/α shows it at level α.
    """

    measure: Measure
    pairs: int
    canary: float
    production: float
    margin: float
    log_worse: float
    log_within: float


class LookView(BaseModel):
    """What was known at a time, as :class:`ovoz.serving.canary.trials.Look`."""

    at: str
    requests: int
    worse: float
    within: float


class PastTrialView(BaseModel):
    """A trial that is over, or runs: ``ended`` is then null."""

    canary: str
    production: str
    started: str
    ended: str | None
    requests: int
    decision: Decision
    reason: str

    @classmethod
    def of(cls, trial: Trial) -> "PastTrialView":
        """What is shown of a trial in the list."""
        return cls(
            canary=trial.contest.canary,
            production=trial.contest.production,
            started=trial.started,
            ended=trial.ended,
            requests=trial.evidence.requests,
            decision=trial.verdict.decision,
            reason=trial.verdict.reason,
        )


class TrialView(BaseModel):
    """A canary that is tried; versions by their number in the registry.

    ``languages`` counts the transcripts of each version (``canary``, ``production``) by language.
    """

    canary: str
    production: str
    started: str
    requests: int
    decision: Decision
    reason: str
    measures: list[MeasureView]
    languages: dict[str, dict[str, int]] = {}

    @classmethod
    def of(cls, trial: Trial, policy: CanaryPolicy) -> "TrialView":
        """What is shown of a trial."""
        measures = [
            MeasureView(
                measure=measure,
                pairs=known.pairs,
                canary=known.canary / max(1, known.pairs),
                production=known.production / max(1, known.pairs),
                margin=policy.margins[measure],
                log_worse=log_evidence(known.worse),
                log_within=log_evidence(known.within),
            )
            for measure, known in trial.evidence.measures.items()
            if measure in policy.margins
        ]
        return cls(
            canary=trial.contest.canary,
            production=trial.contest.production,
            started=trial.started,
            requests=trial.evidence.requests,
            decision=trial.verdict.decision,
            reason=trial.verdict.reason,
            measures=measures,
            languages=trial.evidence.languages,
        )


class CanaryView(BaseModel):
    """The policy, and the canary that is tried; null without one.

    ``limits`` are the natural logarithms of the e-values that roll back and promote; ``looks`` how
    the evidence grew, at most one a minute; ``history`` the last trials, the newest first.
    """

    policy: CanaryPolicy
    limits: dict[Decision, float] = {}
    trial: TrialView | None
    looks: list[LookView] = []
    history: list[PastTrialView] = []


def canary_routes() -> APIRouter:
    """``GET /v1/canary``."""
    routes = APIRouter(responses=problems(*CALLING))

    @routes.get(PATH, responses=problems(404))
    async def canary(state: State) -> CanaryView:
        """The canary beside production: outcomes, evidence, and what they decide."""
        if state.canary is None:
            raise ProblemError(404, "canary-off", "this service tries no canaries")
        policy = state.canary.policy
        trials, looks = await state.canary.history()
        trial = state.canary.trial
        return CanaryView(
            policy=policy,
            limits={
                Decision.ROLL_BACK: policy.log_to_roll_back,
                Decision.PROMOTE: policy.log_to_promote,
            },
            trial=TrialView.of(trial, policy) if trial else None,
            looks=[LookView(**dataclasses.asdict(look)) for look in looks],
            history=[PastTrialView.of(past) for past in trials],
        )

    return routes
