"""Hold a model against its gates."""

from typing import Annotated

from zenml import log_metadata, step

from ovoz.evaluation.evaluate import Evaluation
from ovoz.evaluation.gates import GatesConfig, GatesFailedError, Verdict, judge
from steps.code import depends_on
from steps.evaluate import SERVED

_CODE = depends_on("ovoz/evaluation/gates.py", "ovoz/evaluation/metrics/figures.py")


@step(cache_policy=_CODE)
def gate(evaluation: Evaluation, config: GatesConfig) -> Annotated[Verdict, "verdict"]:
    """Judge the served decoder; a gate that is not met stops the run here."""
    verdict = judge(config, evaluation, SERVED)
    log_metadata({result.gate.name: result.value or "missing" for result in verdict.results})
    if not verdict.passed:
        raise GatesFailedError(verdict)
    return verdict
