"""The evaluation as a page: beside the run, in MLflow, and for people."""

from typing import Annotated

from zenml import step
from zenml.types import HTMLString

from ovoz.evaluation.card import read_curve
from ovoz.evaluation.evaluate import Evaluation
from ovoz.evaluation.gates import GatesConfig
from ovoz.evaluation.judgement import judge_served
from ovoz.evaluation.report import render_markdown, render_page
from ovoz.evaluation.systems import SERVED
from ovoz.registry.settings import RegistrySettings
from ovoz.registry.tracking import log_evaluation
from ovoz.training.learning_curve import LearningCurve
from steps.candidate import Candidate, Rivals


@step(enable_cache=False)
def report(
    evaluation: Evaluation,
    config: GatesConfig,
    pack: str,
    registry: RegistrySettings,
    rivals: Rivals | None = None,
    candidate: Candidate | None = None,
    course: LearningCurve | None = None,
) -> tuple[Annotated[HTMLString, "report"], Annotated[str, "summary"]]:
    """Judge without stopping, so that the page is there whatever the gates say.

    The learning curve drawn is ``course``, or the one that the candidate was registered with.
    """
    names = rivals.artifacts if rivals else ()
    verdict = judge_served(evaluation, config, pack, artifact=True, rivals=names)
    curve = course or (read_curve(candidate.artifact) if candidate else LearningCurve())
    page = render_page(evaluation, verdict, SERVED, curve.dev_wer)
    summary = render_markdown(evaluation, verdict, SERVED)
    log_evaluation(registry, page, summary, evaluation.rows)
    return HTMLString(page), summary
