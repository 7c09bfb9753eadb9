"""Tell DVC that a stage of ``dvc.yaml`` is up to date after its pipeline ran to the end."""

import shlex
from pathlib import Path
from typing import Final

_STAGES: Final = "dvc.yaml"


def record_stage(pipeline: str, profile: Path) -> None:
    """Write ``dvc.lock`` for the stage whose command is what has just run; nothing without one.

    A run by ``make run`` has done what ``dvc repro`` would do. A stage whose pipeline did not run,
    or ran with another profile than the stage declares, is left as it is: its figures would be
    recorded as those of code that never made them.

    Args:
        pipeline: Name of the pipeline that has run to its end.
        profile: File of the profile that it ran with.
    """
    if not Path(_STAGES).exists():
        return
    from dvc.repo import Repo

    with Repo(".") as repository:
        for stage in repository.index.stages:
            if stage.path_in_repo == _STAGES and _runs(stage.cmd, pipeline, profile):
                repository.commit(stage.addressing, force=True)


def _runs(command: str, pipeline: str, profile: Path) -> bool:
    """Whether a stage's command runs this pipeline with this profile."""
    words = shlex.split(command)
    return words[-3:-1] == [pipeline, "--profile"] and Path(words[-1]).resolve() == profile
