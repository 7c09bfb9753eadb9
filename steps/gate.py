"""Hold a model against its gates."""

from typing import Annotated

from zenml import log_metadata, step

from ovoz.evaluation.evaluate import Evaluation
from ovoz.evaluation.gates import GatesConfig
from ovoz.evaluation.judgement import GatesFailedError, Verdict, judge_served
from steps.candidate import Rivals


@step(enable_cache=False)  # a waiver runs out with the day
def gate(
    evaluation: Evaluation,
    config: GatesConfig,
    pack: str,
    artifact: bool = False,
    rivals: Rivals | None = None,
) -> Annotated[Verdict, "verdict"]:
    """Judge the served decoder; a gate that is not met stops the run here."""
    names = rivals.artifacts if rivals else ()
    verdict = judge_served(evaluation, config, pack, artifact=artifact, rivals=names)
    log_metadata(
        {
            result.gate.name: "missing" if result.value is None else result.value
            for result in verdict.results
        }
    )
    if not verdict.passed:
        raise GatesFailedError(verdict)
    return verdict
