"""What people read of a run, written from its artifacts: reports, and figures for DVC."""

import csv
import json
import shutil
from pathlib import Path
from typing import Any, Final

from zenml.models import PipelineRunResponse

from ovoz.evaluation.evaluate import Evaluation
from ovoz.evaluation.judgement import Verdict
from ovoz.evaluation.rows import ALL, write_rows
from ovoz.files import atomic_file, atomic_folder, write_text
from ovoz.training.learning_curve import LearningCurve
from ovoz.workspace import Workspace
from steps.candidate import Candidate

_REPORTS: Final = Workspace().reports
_METRICS: Final = Workspace().metrics
_DATA_DOCS: Final = _REPORTS / "data-docs"
_QUARANTINE: Final = _REPORTS / "quarantine.csv"
_EVALUATION: Final = _REPORTS / "evaluation.html"
_SUMMARY: Final = _REPORTS / "evaluation.md"
_HYPOTHESES: Final = _REPORTS / "hypotheses.parquet"
_SCORES: Final = _METRICS / "scores.json"
_CURVE: Final = _METRICS / "curve.csv"
_PROMOTION: Final = _METRICS / "promotion.json"
REPORTS_OF_A_RUN: Final = (
    ("data checks", _DATA_DOCS / "index.html"),
    ("rows set aside", _QUARANTINE),
    ("evaluation", _EVALUATION),
    ("for a pull request", _SUMMARY),
    ("every hypothesis", _HYPOTHESES),
    ("figures", _SCORES),
    ("learning curve", _CURVE),
)


def load_output(run: PipelineRunResponse, step: str, name: str) -> Any:
    """The loaded output ``name`` of ``step``; None when the step was not reached."""
    found = run.steps.get(step)
    versions = found.outputs.get(name) if found else None
    return versions[0].load() if versions else None


def publish(run: PipelineRunResponse) -> None:
    """Write the reports that the artifacts of ``run`` allow; older ones are replaced."""
    checked = load_output(run, "validate", "validation_report")
    if checked is not None:
        _publish_validation(checked)
    evaluation = load_output(run, "evaluate_artifact", "evaluation_exported")
    if evaluation is not None:
        _publish_scores(evaluation)
        write_rows(evaluation.rows, _HYPOTHESES)
    for step in ("report_exported", "report_current"):
        page = load_output(run, step, "report")
        if page is not None:
            write_text(_EVALUATION, str(page))
            write_text(_SUMMARY, load_output(run, step, "summary"))
    promoted = load_output(run, "promote_production", "promoted")
    if promoted is not None:
        _publish_promotion(promoted, load_output(run, "gate_current", "verdict"))
    course = _last_course(run)
    if course is not None:
        _publish_curve(course)


def _publish_validation(report: Path) -> None:
    if (report / "data_docs").is_dir():
        with atomic_folder(_DATA_DOCS) as unfinished:
            shutil.copytree(report / "data_docs", unfinished, dirs_exist_ok=True)
    if (report / "quarantine.csv").is_file():
        with atomic_file(_QUARANTINE) as unfinished:
            shutil.copy(report / "quarantine.csv", unfinished)


def _publish_scores(evaluation: Evaluation) -> None:
    """Figures of the exported model, by decoder and test set, rounded to a hundredth of a point."""
    scores: dict[str, Any] = {"trained on": evaluation.training_data}
    for scored in evaluation.slices:
        if scored.slice == ALL:
            figures = {name: round(value, 4) for name, value in scored.figures.items()}
            scores.setdefault(scored.system, {})[scored.test_set] = figures
    _write_json(_SCORES, scores)


def _publish_promotion(promoted: Candidate, verdict: Verdict) -> None:
    figures = {
        result.gate.name: round(result.value, 4)
        for result in verdict.results
        if result.value is not None
    }
    content = {"version": promoted.version, "alias": "production", "figures": figures}
    _write_json(_PROMOTION, content)


def _last_course(run: PipelineRunResponse) -> LearningCurve | None:
    """The course that the last stage reached ended with, which holds the earlier stages too."""
    courses = [load_output(run, name, "course") for name in run.steps if name.startswith("train_")]
    known = [course for course in courses if course is not None]
    return max(known, key=lambda course: course.steps, default=None)


def _publish_curve(course: LearningCurve) -> None:
    with (
        atomic_file(_CURVE) as unfinished,
        unfinished.open("w", encoding="utf-8", newline="") as stream,
    ):
        rows = csv.writer(stream)
        rows.writerow(["step", "stage", "loss", "dev_cer", "dev_wer"])
        for point in course.points:
            figures = (point.loss, point.dev_cer, point.dev_wer)
            shown = ["" if figure is None else f"{figure:.4f}" for figure in figures]
            rows.writerow([point.step, point.stage, *shown])


def _write_json(path: Path, content: dict[str, Any]) -> None:
    write_text(path, json.dumps(content, indent=1, ensure_ascii=False) + "\n")
