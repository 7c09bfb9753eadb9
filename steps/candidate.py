"""What is up for promotion."""

from pathlib import Path
from typing import Annotated

from pydantic import BaseModel
from zenml import step

from ovoz.registry.settings import RegistrySettings


class Candidate(BaseModel):
    """A registered version, and where its artifact lies on this machine."""

    version: str
    artifact: Path


@step(enable_cache=False)
def candidate(registry: RegistrySettings) -> Annotated[Candidate, "candidate"]:
    """The version that the registry calls the candidate."""
    from ovoz.registry.registry import Registry

    opened = Registry(registry)
    model = opened.resolve(opened.policy.candidate)
    return Candidate(version=model.version, artifact=model.artifact)


@step(enable_cache=False)
def in_production(
    registry: RegistrySettings, candidate: Candidate
) -> Annotated[Candidate | None, "production"]:
    """The version that the candidate is held against.

    None before the first promotion, and where the candidate is in production already: a model is
    not evaluated beside itself.
    """
    from ovoz.registry.registry import Registry

    model = Registry(registry).production()
    if model is None or model.version == candidate.version:
        return None
    return Candidate(version=model.version, artifact=model.artifact)
