"""What is up for promotion, and what it is held against."""

from pathlib import Path
from typing import Annotated

from pydantic import BaseModel
from zenml import step

from ovoz.registry.settings import RegistrySettings


class Candidate(BaseModel):
    """A registered version, and where its artifact lies on this machine.

    ``alias`` is the one that it was promoted to; empty before.
    """

    version: str
    artifact: Path
    alias: str = ""


class Rivals(BaseModel):
    """Artifacts that a candidate is held against, by the name of the system.

    Empty before the first promotion, and where the candidate is in production already.
    """

    artifacts: dict[str, Path] = {}


@step(enable_cache=False)
def candidate(registry: RegistrySettings) -> Annotated[Candidate, "candidate"]:
    """The version that the registry calls the candidate."""
    from ovoz.registry.registry import Registry

    opened = Registry(registry)
    model = opened.resolve(opened.policy.candidate)
    return Candidate(version=model.version, artifact=model.artifact)


@step(enable_cache=False)
def rivals(
    registry: RegistrySettings, candidate: Candidate
) -> tuple[Annotated[Rivals, "rivals"], Annotated[dict[str, str], "holders"]]:
    """The versions that the candidate is held against, and who holds which alias meanwhile."""
    from ovoz.registry.registry import Registry
    from ovoz.registry.rivals import find_rivals

    opened = Registry(registry)
    holders = opened.aliases()
    found = find_rivals(opened, candidate.version)
    return Rivals(artifacts={name: model.artifact for name, model in found.items()}), holders
