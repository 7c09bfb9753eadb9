"""Promotion: the gates again on current data, the aliases, the Bento, and a question put to it."""

from typing import Any

from zenml import pipeline

from ovoz.profile import Profile
from pipelines.data import data
from pipelines.judging import report_and_gate
from steps.ask_service import ask_service
from steps.candidate import candidate, in_production
from steps.evaluate import evaluate_candidate
from steps.package import package
from steps.promote import promote

_WHY = "gates passed in the promotion pipeline"


@pipeline
def promotion(profile: Profile) -> Any:
    """From the candidate to production, and to a service that answers."""
    dataset, noisy_test = data(profile)
    found = candidate(registry=profile.registry)
    current = in_production(registry=profile.registry)
    evaluation = evaluate_candidate(
        candidate=found,
        production=current,
        dataset=dataset,
        noisy_test=noisy_test,
        config=profile.evaluation,
    )
    verdict = report_and_gate(profile, "current", evaluation, current, candidate=found)
    to: dict[str, Any] = {"verdict": verdict, "registry": profile.registry, "why": _WHY}
    staged = promote(candidate=found, alias="staging", id="promote_staging", **to)
    promoted = promote(candidate=staged, alias="production", id="promote_production", **to)
    bento = package(model=promoted)
    return ask_service(bento=bento, dataset=dataset)
