"""Register the artifact that passed its gates."""

from pathlib import Path
from typing import Annotated

from zenml import log_metadata, step

from ovoz.corpus.dataset import Dataset
from ovoz.evaluation.card import record_judgement
from ovoz.evaluation.evaluate import Evaluation
from ovoz.evaluation.judgement import Verdict
from ovoz.monitoring.reference import store_reference
from ovoz.registry.settings import RegistrySettings
from ovoz.training.learning_curve import LearningCurve
from ovoz.workspace import Workspace


@step(enable_cache=False)
def register_model(
    exported: Path,
    evaluation: Evaluation,
    verdict: Verdict,
    registry: RegistrySettings,
    dataset: Dataset,
    course: LearningCurve,
) -> Annotated[str, "model_version"]:
    """Write figures, gates, data, course and reference into the artifact; make it the candidate."""
    from ovoz.registry.registry import Registry

    artifact = Workspace().registered
    versions = record_judgement(
        exported, artifact, evaluation, verdict, dataset.rows(), course
    ).versions
    store_reference(artifact, evaluation.rows, dataset.rows())
    tags = {"code_version": versions.code, "data_version": versions.data}
    model = Registry(registry).register(artifact, tags)
    log_metadata({"registered": f"{model.name} version {model.version}"})
    return model.version
