"""Publishes what the artifacts of a run hold for people."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from zenml.models import PipelineRunResponse

from ovoz.corpus.validation.publication import publish_validation
from ovoz.evaluation import run_reports
from ovoz.training.learning_curve import LearningCurve
from steps.candidate import Candidate


def load_output(run: PipelineRunResponse, step: str, name: str) -> Any:
    """The loaded output ``name`` of ``step``; None when the step was not reached."""
    found = run.steps.get(step)
    versions = found.outputs.get(name) if found else None
    return versions[0].load() if versions else None


def load_last_promotion(run: PipelineRunResponse) -> Candidate | None:
    """The version that the pipeline ``promotion`` promoted in the end; None without one."""
    ends = (load_output(run, f"promote_{alias}", "promoted") for alias in ("production", "canary"))
    return next((promoted for promoted in ends if promoted is not None), None)


def publish(run: PipelineRunResponse) -> None:
    """Write the reports that the artifacts of ``run`` allow; older ones are replaced."""
    with _loading_folder():
        _publish(run)


@contextmanager
def _loading_folder() -> Iterator[None]:
    """Remove the folders that ZenML loads artifacts into: outside of a step it leaves them."""
    before = tempfile.tempdir
    with tempfile.TemporaryDirectory(prefix="ovoz-") as folder:
        tempfile.tempdir = folder
        try:
            yield
        finally:
            tempfile.tempdir = before


def _publish(run: PipelineRunResponse) -> None:
    checked = load_output(run, "validate", "validation_report")
    if checked is not None:
        publish_validation(checked)
    evaluation = load_output(run, "evaluate_artifact", "evaluation_exported")
    if evaluation is not None:
        run_reports.publish_scores(evaluation)
    for step in ("report_exported", "report_current"):
        page = load_output(run, step, "report")
        if page is not None:
            run_reports.publish_page(str(page), load_output(run, step, "summary"))
    promoted = load_last_promotion(run)
    if promoted is not None:
        verdict = load_output(run, "gate_current", "verdict")
        run_reports.publish_promotion(promoted.version, promoted.alias, verdict)
    drift = load_output(run, "report_drift", "page")
    if drift is not None:
        run_reports.publish_drift(str(drift))
    course = _last_course(run)
    if course is not None:
        run_reports.publish_curve(course)


def _last_course(run: PipelineRunResponse) -> LearningCurve | None:
    """The course that the last stage reached ended with, which holds the earlier stages too."""
    courses = [load_output(run, name, "course") for name in run.steps if name.startswith("train_")]
    known = [course for course in courses if course is not None]
    return max(known, key=lambda course: course.steps, default=None)
