"""Build the Bento of a model."""

from pathlib import Path
from typing import Annotated

from rich.console import Console
from zenml import log_metadata, step

from steps.candidate import Candidate


@step(enable_cache=False)
def package(model: Candidate) -> Annotated[str, "bento"]:
    """The tag of the Bento; one that holds the same model and code is not built twice."""
    from bentos.asr.build import build

    with Console().status("building the Bento"):
        tag = build(model.artifact, model.version, Path(".ovoz/bentoml"))
    log_metadata({"bento": tag})
    return tag
