"""Register the artifact that passed its gates."""

from pathlib import Path
from typing import Annotated

from zenml import log_metadata, step

from ovoz.corpus.dataset import Dataset
from ovoz.evaluation.candidate import SERVED
from ovoz.evaluation.card import card_slices, data_sources
from ovoz.evaluation.evaluate import Evaluation
from ovoz.evaluation.gates import Verdict
from ovoz.evaluation.test_sets import TEST
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
    """Write figures, gates, data and course into the artifact and make it the candidate."""
    from ovoz.engine.artifact.description import GateRecord
    from ovoz.engine.artifact.storage import TRAINING_FILE, read_description, record_evaluation
    from ovoz.registry.registry import Registry

    scores = evaluation.find(SERVED, TEST)
    gates = [
        GateRecord(
            metric=result.gate.name,
            value=result.value,
            limit=result.gate.limit,
            passed=result.passed,
        )
        for result in verdict.results
        if result.value is not None
    ]
    artifact = Workspace().registered
    record_evaluation(
        exported,
        artifact,
        metrics=scores.figures if scores else {},
        gates=gates,
        slices=card_slices(evaluation, SERVED),
        data=data_sources(dataset.rows()),
        add=lambda folder: (folder / TRAINING_FILE).write_text(course.model_dump_json(), "utf-8"),
    )
    versions = read_description(artifact, verify=False).versions
    tags = {"code_version": versions.code, "data_version": versions.data}
    model = Registry(registry).register(artifact, tags)
    log_metadata({"registered": f"{model.name} version {model.version}"})
    return model.version
