"""The evaluation as a page: beside the run, in MLflow, and for people."""

from typing import Annotated

from zenml import step
from zenml.types import HTMLString

from ovoz.evaluation.candidate import PRODUCTION, SERVED
from ovoz.evaluation.evaluate import Evaluation
from ovoz.evaluation.gates import GatesConfig, judge
from ovoz.evaluation.report import render_markdown, render_page
from ovoz.text.pack import load_pack
from ovoz.training.result import StageResult
from registry.settings import RegistrySettings
from steps.candidate import Candidate
from steps.tracking import tracked_run


@step(enable_cache=False)
def report(
    evaluation: Evaluation,
    config: GatesConfig,
    pack: str,
    registry: RegistrySettings,
    production: Candidate | None = None,
    stage: StageResult | None = None,
) -> tuple[Annotated[HTMLString, "report"], Annotated[str, "summary"]]:
    """Judge without stopping, so that the page is there whatever the gates say.

    ``stage`` is the last stage of training, whose curve is drawn.
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
    points = stage.curve if stage is not None else ()
    curve = [(float(one.step), one.dev_wer) for one in points if one.dev_wer is not None]
    page = render_page(evaluation, verdict, SERVED, curve)
    summary = render_markdown(evaluation, verdict, SERVED)
    with tracked_run(registry, "evaluation", {"ovoz.step": "report"}):
        mlflow.log_text(page, "evaluation.html")
        mlflow.log_text(summary, "evaluation.md")
    return HTMLString(page), summary
