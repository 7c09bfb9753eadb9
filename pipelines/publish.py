"""Bring what people read out of a run's artifacts: reports, and the figures that DVC compares."""

import csv
import json
import os
import shutil
from pathlib import Path
from typing import Any, Final

from zenml.models import PipelineRunResponse

from ovoz.evaluation.evaluate import Evaluation
from ovoz.evaluation.rows import ALL, write_rows
from ovoz.training.learning_curve import LearningCurve
from pipelines.workspace import METRICS, REPORTS

DATA_DOCS: Final = REPORTS / "data-docs"
QUARANTINE: Final = REPORTS / "quarantine.csv"
EVALUATION: Final = REPORTS / "evaluation.html"
SUMMARY: Final = REPORTS / "evaluation.md"
HYPOTHESES: Final = REPORTS / "hypotheses.parquet"
SCORES: Final = METRICS / "scores.json"
CURVE: Final = METRICS / "curve.csv"
PROMOTION: Final = METRICS / "promotion.json"
REPORTS_OF_A_RUN: Final = (
    ("data checks", DATA_DOCS / "index.html"),
    ("rows set aside", QUARANTINE),
    ("evaluation", EVALUATION),
    ("for a pull request", SUMMARY),
    ("every hypothesis", HYPOTHESES),
    ("figures", SCORES),
    ("learning curve", CURVE),
)


def output(run: PipelineRunResponse, step: str, name: str) -> Any:  # noqa: ANN401  (any artifact)
    """The loaded output ``name`` of ``step``; None when the step was not reached."""
    found = run.steps.get(step)
    versions = found.outputs.get(name) if found else None
    return versions[0].load() if versions else None


def publish(run: PipelineRunResponse) -> None:
    """Write the reports that the artifacts of ``run`` allow; older ones are replaced."""
    _publish_validation(output(run, "validate", "validation_report"))
    evaluation = output(run, "evaluate_artifact", "evaluation_exported")
    if evaluation is not None:
        _publish_scores(evaluation)
        write_rows(evaluation.rows, HYPOTHESES)
    for step in ("report_exported", "report_current"):
        page = output(run, step, "report")
        if page is not None:
            _write(EVALUATION, str(page))
            _write(SUMMARY, output(run, step, "summary"))
    verdict, promoted = (
        output(run, "gate_current", "verdict"),
        output(run, "promote_production", "promoted"),
    )
    if promoted is not None:
        figures = {
            one.gate.name: round(one.value, 4) for one in verdict.results if one.value is not None
        }
        content = {"version": promoted.version, "alias": "production", "figures": figures}
        _write(PROMOTION, json.dumps(content, indent=1, ensure_ascii=False) + "\n")
    course = _course(run)
    if course is not None:
        _publish_curve(course)


def _publish_validation(report: Path | None) -> None:
    if report is None:
        return
    REPORTS.mkdir(exist_ok=True)
    if (report / "data_docs").is_dir():
        shutil.rmtree(DATA_DOCS, ignore_errors=True)
        shutil.copytree(report / "data_docs", DATA_DOCS)
    if (report / "quarantine.csv").is_file():
        shutil.copy(report / "quarantine.csv", QUARANTINE)


def _publish_scores(evaluation: Evaluation) -> None:
    """Figures of the exported model, by decoder and test set, rounded to a hundredth of a point."""
    scores: dict[str, Any] = {"trained on": evaluation.training_data}
    for one in evaluation.slices:
        if one.slice == ALL:
            figures = {name: round(value, 4) for name, value in one.figures.items()}
            scores.setdefault(one.system, {})[one.test_set] = figures
    _write(SCORES, json.dumps(scores, indent=1, ensure_ascii=False) + "\n")


def _course(run: PipelineRunResponse) -> LearningCurve | None:
    """What the last stage that was reached knows of all of them."""
    found = [output(run, name, "course") for name in run.steps if name.startswith("train_")]
    known = [one for one in found if one is not None]
    return max(known, key=lambda one: one.steps, default=None)


def _publish_curve(course: LearningCurve) -> None:
    METRICS.mkdir(exist_ok=True)
    unfinished = CURVE.with_name(f".{CURVE.name}.{os.getpid()}.tmp")
    with unfinished.open("w", encoding="utf-8", newline="") as stream:
        rows = csv.writer(stream)
        rows.writerow(["step", "stage", "loss", "dev_cer", "dev_wer"])
        for point in course.points:
            figures = (point.loss, point.dev_cer, point.dev_wer)
            shown = ["" if figure is None else f"{figure:.4f}" for figure in figures]
            rows.writerow([point.step, point.stage, *shown])
    unfinished.replace(CURVE)


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(exist_ok=True)
    unfinished = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    unfinished.write_text(text, encoding="utf-8")
    unfinished.replace(path)
