"""One stage of the curriculum."""

from pathlib import Path
from typing import Annotated

from zenml import log_metadata, step

from ovoz.corpus.dataset import Dataset
from ovoz.corpus.sounds import SoundsConfig
from ovoz.registry.settings import RegistrySettings
from ovoz.registry.tracking import code_version, log_parameters, tracked_run
from ovoz.training.config import TrainingConfig
from ovoz.training.learning_curve import LearningCurve
from ovoz.training.stage_result import StageResult
from ovoz.workspace import Workspace
from steps.code import depends_on


@step(cache_policy=depends_on(__name__))
def train_stage(
    dataset: Dataset,
    stage: str,
    config: TrainingConfig,
    pack: str,
    tracking: RegistrySettings,
    sounds: SoundsConfig,
    digest: str,  # noqa: ARG001  (for ZenML's cache: recordings that changed are heard)
    init: Path | None = None,
    earlier: LearningCurve | None = None,
) -> tuple[
    Annotated[Path, "checkpoint"],
    Annotated[StageResult, "stage_result"],
    Annotated[LearningCurve, "course"],
]:
    """Train ``stage`` from ``init`` or from random weights; a killed run resumes."""
    from ovoz.training.distributed import StageSpec, run_stage

    job = StageSpec(
        stage=stage,
        config=config,
        dataset=dataset,
        work_dir=Workspace().training,
        sounds=sounds,
        sounds_dir=Workspace().sounds,
        pack=pack,
        init=init,
    )
    data_version = dataset.version or "unversioned"
    key = {"stage": stage, "fingerprint": job.fingerprint()}
    tags = {"code_version": code_version(), "data_version": data_version}
    with tracked_run(tracking, stage, key, tags) as run_id:
        where = {"MLFLOW_TRACKING_URI": tracking.tracking_uri, "MLFLOW_RUN_ID": run_id}
        result = run_stage(job, where)
        log_parameters(result.arithmetic)
    aligned = {} if result.aligned is None else {"aligned": result.aligned.model_dump()}
    log_metadata(
        {
            "steps": result.steps,
            "data_wait_share": result.data_wait_share,
            "arithmetic": str(result.arithmetic),
            **aligned,
        }
    )
    return result.checkpoint, result, (earlier or LearningCurve()).append(result)
