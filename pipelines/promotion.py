"""Promotion: the gates again on current data, the Bento, a question put to it, then the alias."""

from typing import Any

from zenml import pipeline

from ovoz.profile import Profile
from pipelines.data import data
from pipelines.judging import report_and_gate
from steps.ask_service import ask_service
from steps.candidate import candidate, rivals
from steps.evaluate import evaluate_candidate
from steps.package import package
from steps.promote import promote

_WHY = "gates passed in the promotion pipeline"


@pipeline
def promotion(profile: Profile) -> Any:
    """From the candidate to a service that answers, and then to production or its canary."""
    dataset, noisy_test = data(profile)
    found = candidate(registry=profile.registry)
    against, holders = rivals(registry=profile.registry, candidate=found)
    evaluation = evaluate_candidate(
        candidate=found,
        rivals=against,
        dataset=dataset,
        noisy_test=noisy_test,
        config=profile.evaluation,
    )
    verdict = report_and_gate(profile, "current", evaluation, against, candidate=found)
    to: dict[str, Any] = {
        "verdict": verdict,
        "holders": holders,
        "registry": profile.registry,
        "why": _WHY,
    }
    staged = promote(candidate=found, alias="staging", id="promote_staging", **to)
    answered = ask_service(bento=package(model=staged), dataset=dataset, pack=profile.pack)
    # That alias moves last: a model that cannot be packaged or does not answer meets no caller.
    last = profile.promotion.to
    return promote(candidate=staged, alias=last, id=f"promote_{last}", after=[answered], **to)
