"""The evaluation as a page: beside the run, in MLflow, and for people."""

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated

from zenml import step
from zenml.types import HTMLString

from ovoz.engine.artifact.storage import TRAINING_FILE
from ovoz.evaluation.candidate import PRODUCTION, SERVED
from ovoz.evaluation.evaluate import Evaluation
from ovoz.evaluation.gates import GatesConfig, judge
from ovoz.evaluation.report import render_markdown, render_page
from ovoz.evaluation.rows import write_rows
from ovoz.registry.settings import RegistrySettings
from ovoz.registry.tracking import tracked_run
from ovoz.text.pack import load_pack
from ovoz.training.learning_curve import LearningCurve
from steps.candidate import Candidate


@step(enable_cache=False)
def report(
    evaluation: Evaluation,
    config: GatesConfig,
    pack: str,
    registry: RegistrySettings,
    production: Candidate | None = None,
    candidate: Candidate | None = None,
    course: LearningCurve | None = None,
) -> tuple[Annotated[HTMLString, "report"], Annotated[str, "summary"]]:
    """Judge without stopping, so that the page is there whatever the gates say.

    The learning curve drawn is ``course``, or the one that the candidate was registered with.
    """
    import mlflow

    verdict = judge(
        config,
        evaluation,
        SERVED,
        artifact=True,
        production=PRODUCTION if production is not None else None,
        pack=load_pack(pack),
    )
    course = course or _registered_course(candidate)
    curve = [(float(one.step), one.dev_wer) for one in course.points if one.dev_wer is not None]
    page = render_page(evaluation, verdict, SERVED, curve)
    summary = render_markdown(evaluation, verdict, SERVED)
    with (
        tracked_run(registry, "evaluation", {"ovoz.step": "report"}),
        TemporaryDirectory() as scratch,
    ):
        mlflow.log_text(page, "evaluation.html")
        mlflow.log_text(summary, "evaluation.md")
        rows = write_rows(evaluation.rows, Path(scratch) / "hypotheses.parquet")
        mlflow.log_artifact(str(rows))
    return HTMLString(page), summary


def _registered_course(candidate: Candidate | None) -> LearningCurve:
    if candidate is None or not (candidate.artifact / TRAINING_FILE).is_file():
        return LearningCurve()
    return LearningCurve.model_validate_json(
        (candidate.artifact / TRAINING_FILE).read_text("utf-8")
    )
