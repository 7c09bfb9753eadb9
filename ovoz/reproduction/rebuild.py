"""A version made anew by the training pipeline, in a workspace of its own."""

import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Final

import torch
import yaml

from ovoz.evaluation.gates import EXPORTED, GatesConfig, Waiver
from ovoz.files import write_text
from ovoz.profile import Profile
from ovoz.registry.settings import RegistrySettings
from ovoz.reproduction.commit_files import NoSuchCommitError, write_commit
from ovoz.reproduction.inputs import code_root, digest_files
from ovoz.training.arithmetic import Arithmetic, has_bf16
from ovoz.training.config import TrainingPrecision
from ovoz.workspace import Workspace

_SERVERS: Final = ("MLFLOW_", "ZENML_")
"""Variables that would have the rebuilt version registered on a server, or steps taken from one."""

_FOREVER: Final = date.max
_ABSENT: Final = "recordings-as-dvc-has-them"


class RebuildError(RuntimeError):
    """The version could not be made again; the message gives the reason and what to do."""


@dataclass(frozen=True, slots=True)
class ChosenCode:
    """Where the code lies that rebuilds a version, and why it is that."""

    root: Path
    reason: str


def choose_code(
    recorded: Mapping[str, str], commit: str, folder: Path, *, present: bool
) -> ChosenCode:
    """The code here where it is the recorded one; else that of the recorded commit, if it is there.

    Args:
        recorded: Digests of the files that decide results.
        commit: The recorded commit.
        folder: Where files of the commit are written.
        present: Take the code here, whatever it is.
    """
    here = code_root()
    names = tuple(here / name for name in recorded)  # an absolute name stays what it is
    if digest_files(names, here) == dict(recorded):
        return ChosenCode(here, "the code here is that of the version")
    if present:
        return ChosenCode(here, "the code here, as asked for")
    try:
        write_commit(here, commit, folder)
    except NoSuchCommitError as error:
        return ChosenCode(here, f"the code here: {error}")
    return ChosenCode(folder.resolve(), f"the code of commit {commit}")


def prepare_profile(
    recorded: Mapping[str, Any],
    arithmetic: Mapping[str, Arithmetic],
    served: str,
    *,
    from_dvc: bool,
) -> Profile:
    """The profile that rebuilds a version: what a clock or a machine chose is given.

    Precision and threads of the training, and the export that is served, are those of the version.
    A gate that is not met is waived: its figure is what is asked for. Relative paths are those of
    the current folder.

    Args:
        recorded: The profile of the version, without the parts that have no effect.
        arithmetic: By stage.
        served: The precision that the version is served in.
        from_dvc: Whether the corpus is that of DVC, and the recordings it was made of are not read.
    """
    tree: Any = _resolve_paths(dict(recorded))
    if from_dvc:
        for part in (tree["corpus"], *tree["corpus"].get("sources", ())):
            if "path" in part:
                part["path"] = _ABSENT
    tree["registry"] = RegistrySettings(model="reproduced").model_dump(mode="json")
    tree["export"]["served"] = served if served in tree["export"]["precisions"] else None
    tree["training"] |= _given(arithmetic)
    gates = GatesConfig.model_validate(tree["gates"])
    names = dict.fromkeys(one.name for one in (*gates.gates, *gates.of_artifact, EXPORTED))
    tree["gates"]["waivers"] = [_waive(name) for name in names]
    return Profile.model_validate(tree)


def _waive(gate: str) -> dict[str, Any]:
    waiver = Waiver(gate=gate, who="ovoz reproduce", why="measured, not judged", until=_FOREVER)
    return waiver.model_dump(mode="json")


def _given(arithmetic: Mapping[str, Arithmetic]) -> dict[str, Any]:
    """Settings that give the recorded arithmetic, as far as this machine has it."""
    for recorded in arithmetic.values():
        has_it = {
            TrainingPrecision.BF16: has_bf16(),
            TrainingPrecision.FP16: torch.cuda.is_available(),
        }.get(recorded.precision, True)
        precision = recorded.precision.value if has_it else "auto"
        return {"precision": precision, "threads": recorded.threads}
    return {}


def _resolve_paths(tree: object) -> object:
    """A copy of a tree in which a relative path that exists here is absolute."""
    if isinstance(tree, dict):
        return {name: _resolve_paths(value) for name, value in tree.items()}
    if isinstance(tree, list):
        return [_resolve_paths(value) for value in tree]
    if isinstance(tree, str) and "/" in tree and Path(tree).exists():
        return str(Path(tree).resolve())
    return tree


def run_pipeline(profile: Profile, code: Path, workspace: Workspace) -> None:
    """Train, measure and register in ``workspace``; the run is shown as it goes.

    Raises:
        RebuildError: The run ended without a registered version.
    """
    file = workspace.root.resolve() / "profile.yaml"
    write_text(file, yaml.safe_dump(profile.model_dump(mode="json"), allow_unicode=True))
    options = ["--profile", str(file), "--workspace", str(workspace.root.resolve())]
    _run(["training", *options], code)


def restore_corpus(data: str, code: Path, workspace: Workspace) -> None:
    """Bring the corpus of DVC's hash ``data`` from the workspace in the current folder.

    Raises:
        RebuildError: DVC does not have all of it.
    """
    options = ["--from", str(Path.cwd()), "--workspace", str(workspace.root.resolve())]
    _run(["restore-data", data, *options], code)


def _run(arguments: list[str], code: Path) -> None:
    environment = {
        name: value for name, value in os.environ.items() if not name.startswith(_SERVERS)
    }
    paths = [str(code), *filter(None, [os.environ.get("PYTHONPATH")])]
    environment["PYTHONPATH"] = os.pathsep.join(paths)  # for the processes of a training too
    command = [sys.executable, "-m", "pipelines", *arguments]
    done = subprocess.run(command, cwd=code, env=environment, check=False)  # noqa: S603  (our own module, no shell)
    if done.returncode:
        raise RebuildError(f"`python -m pipelines {arguments[0]}` ended with {done.returncode}")
