"""Hold a model against its gates."""

from typing import Annotated

from zenml import log_metadata, step

from ovoz.evaluation.candidate import PRODUCTION, SERVED
from ovoz.evaluation.evaluate import Evaluation
from ovoz.evaluation.gates import GatesConfig, GatesFailedError, Verdict, judge
from ovoz.text.pack import load_pack
from steps.candidate import Candidate


@step(enable_cache=False)  # a waiver runs out with the day
def gate(
    evaluation: Evaluation,
    config: GatesConfig,
    pack: str,
    artifact: bool = False,
    production: Candidate | None = None,
) -> Annotated[Verdict, "verdict"]:
    """Judge the served decoder; a gate that is not met stops the run here."""
    verdict = judge(
        config,
        evaluation,
        SERVED,
        artifact=artifact,
        production=PRODUCTION if production is not None else None,
        pack=load_pack(pack),
    )
    log_metadata(
        {
            result.gate.name: "missing" if result.value is None else result.value
            for result in verdict.results
        }
    )
    if not verdict.passed:
        raise GatesFailedError(verdict)
    return verdict
