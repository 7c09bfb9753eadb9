"""Move an alias to a version that passed its gates."""

from typing import Annotated

from zenml import step

from ovoz.evaluation.judgement import Verdict
from ovoz.registry.settings import RegistrySettings
from ovoz.workspace import Workspace
from steps.candidate import Candidate


@step(enable_cache=False)
def promote(
    candidate: Candidate,
    verdict: Verdict,
    holders: dict[str, str],
    registry: RegistrySettings,
    alias: str,
    why: str,
) -> Annotated[Candidate, "promoted"]:
    """Promote the candidate on the evidence of ``verdict``, judged while ``holders`` held.

    A canary that nothing can be compared with goes to production.
    """
    from ovoz.registry.registry import Registry
    from ovoz.registry.revisions import read_revisions
    from ovoz.registry.user import user_name

    opened = Registry(registry)
    destination = opened.policy.destination(alias, candidate.version, holders)
    model = opened.promote(
        candidate.version,
        destination,
        verdict,
        who=user_name(),
        why=why,
        since=holders,
        revisions=read_revisions(Workspace()),
    )
    return Candidate(version=model.version, artifact=model.artifact, alias=destination)
