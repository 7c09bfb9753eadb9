"""Register the artifact that passed its gates."""

from pathlib import Path
from typing import Annotated

from zenml import log_metadata, step

from ovoz.evaluation.candidate import SERVED
from ovoz.evaluation.evaluate import Evaluation
from ovoz.evaluation.gates import Verdict
from registry.settings import RegistrySettings
from steps.test_sets import TEST


@step(enable_cache=False)
def register_model(
    exported: Path,
    evaluation: Evaluation,
    verdict: Verdict,
    registry: RegistrySettings,
) -> Annotated[str, "model_version"]:
    """Write figures and gates into the artifact and make it the candidate."""
    from ovoz.engine.artifact import read_description, record_evaluation
    from ovoz.engine.description import GateRecord
    from registry.registry import Registry

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
    artifact = Path(".ovoz/registered")
    record_evaluation(exported, artifact, metrics=scores.figures if scores else {}, gates=gates)
    versions = read_description(artifact, verify=False).versions
    tags = {"code_version": versions.code, "data_version": versions.data}
    model = Registry(registry).register(artifact, tags)
    log_metadata({"registered": f"{model.name} version {model.version}"})
    return model.version
