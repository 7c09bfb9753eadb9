"""The Bento of a model."""

from typing import Annotated

from rich.console import Console
from zenml import log_metadata, step

from ovoz.workspace import Workspace
from steps.candidate import Candidate


@step(enable_cache=False)
def package(model: Candidate) -> Annotated[str, "bento"]:
    """Build the Bento and return its tag; the same model and code are not built twice."""
    from bentos.asr.build import build

    with Console().status("building the Bento"):
        tag = build(model.artifact, model.version, Workspace().bentoml)
    log_metadata({"bento": tag})
    return tag
