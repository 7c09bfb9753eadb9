"""Register the artifact that passed its gates."""

from pathlib import Path
from typing import Annotated

from zenml import log_metadata, step

from ovoz.corpus.dataset import Dataset
from ovoz.evaluation.card import record_judgement
from ovoz.evaluation.evaluate import Evaluation
from ovoz.evaluation.judgement import Verdict
from ovoz.monitoring.reference import store_reference
from ovoz.profile import Profile
from ovoz.registry.settings import RegistrySettings
from ovoz.reproduction.inputs import VersionInputs
from ovoz.training.learning_curve import LearningCurve
from ovoz.workspace import Workspace
from steps.result_code import digest_result_code


@step(enable_cache=False)
def register_model(
    exported: Path,
    evaluation: Evaluation,
    verdict: Verdict,
    registry: RegistrySettings,
    dataset: Dataset,
    course: LearningCurve,
    profile: Profile,
) -> Annotated[str, "model_version"]:
    """Write figures, gates, data, course and reference into the artifact; make it the candidate.

    What it was made of is a tag, for ``ovoz reproduce``.
    """
    from ovoz.registry.registry import Registry
    from ovoz.registry.tracking import code_version
    from ovoz.registry.version_tags import INPUTS_TAG

    artifact = Workspace().registered
    versions = record_judgement(
        exported, artifact, evaluation, verdict, dataset.rows(), course
    ).versions
    store_reference(artifact, evaluation.rows, dataset.rows())
    inputs = VersionInputs.gather(
        profile, digest_result_code(), versions.data, course, code_version()
    )
    tags = {
        "code_version": versions.code,
        "data_version": versions.data,
        INPUTS_TAG: inputs.model_dump_json(),
    }
    model = Registry(registry).register(artifact, tags)
    log_metadata({"registered": f"{model.name} version {model.version}"})
    return model.version
