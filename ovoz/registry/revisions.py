"""What the gates of a promotion are judged with: the commit of the code, and DVC's of the data."""

from importlib.metadata import version

import yaml
from pydantic import BaseModel, ValidationError

from ovoz.registry.tracking import code_version
from ovoz.registry.version import Revisions
from ovoz.workspace import Workspace


class _Output(BaseModel):
    md5: str


class _TrackedFolder(BaseModel):
    """The part of DVC's ``data.dvc`` that names the version."""

    outs: list[_Output]


def read_revisions(workspace: Workspace) -> Revisions:
    """Commit of the code, and DVC's hash of the corpus; empty for a corpus that has none."""
    return Revisions(code=_code(), data=_data(workspace))


def _code() -> str:
    try:
        return code_version()
    except ModuleNotFoundError:  # dulwich comes with DVC
        return version("ovoz")


def _data(workspace: Workspace) -> str:
    file = workspace.data.with_suffix(".dvc")
    try:
        tracked = _TrackedFolder.model_validate(yaml.safe_load(file.read_text("utf-8")))
    except (OSError, yaml.YAMLError, ValidationError):
        return ""
    return tracked.outs[0].md5 if tracked.outs else ""
