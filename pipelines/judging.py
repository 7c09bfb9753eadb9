"""The page of an evaluation, then its gates: the end of every pipeline that judges a model."""

from typing import Any

from ovoz.profile import Profile
from steps.gate import gate
from steps.report import report


def report_and_gate(
    profile: Profile, name: str, evaluation: Any, rivals: Any = None, **shown: Any
) -> Any:
    """Publish the page whatever the gates say, then stop at a gate that is not met.

    Args:
        profile: The run's settings.
        name: Ends the names of both steps.
        evaluation: What was measured of an artifact.
        rivals: The models that it is held against.
        shown: What the page draws beside the evaluation.

    Returns:
        The verdict.
    """
    judged = {
        "evaluation": evaluation,
        "config": profile.gates,
        "pack": profile.pack,
        "rivals": rivals,
    }
    page = report(**judged, **shown, registry=profile.registry, id=f"report_{name}")
    return gate(**judged, artifact=True, id=f"gate_{name}", after=page)
