"""What people read of a run: reports, and the figures that DVC compares between versions."""

import csv
import json
from pathlib import Path
from typing import Any, Final

from ovoz.corpus.validation.publication import DATA_PAGE, DROPPED, ROWS
from ovoz.evaluation.evaluate import Evaluation
from ovoz.evaluation.judgement import Verdict
from ovoz.evaluation.rows import ALL, write_rows
from ovoz.files import atomic_file, write_text
from ovoz.training.learning_curve import LearningCurve
from ovoz.workspace import Workspace

_REPORTS: Final = Workspace().reports
_METRICS: Final = Workspace().metrics
_EVALUATION: Final = _REPORTS / "evaluation.html"
_SUMMARY: Final = _REPORTS / "evaluation.md"
_HYPOTHESES: Final = _REPORTS / "hypotheses.parquet"
_SCORES: Final = _METRICS / "scores.json"
_DRIFT: Final = _REPORTS / "drift.html"
_CURVE: Final = _METRICS / "curve.csv"
_PROMOTION: Final = _METRICS / "promotion.json"
REPORTS_OF_A_RUN: Final = (
    ("data checks", DATA_PAGE / "index.html"),
    ("rows kept, and why", ROWS),
    ("rows not kept", DROPPED),
    ("evaluation", _EVALUATION),
    ("for a pull request", _SUMMARY),
    ("every hypothesis", _HYPOTHESES),
    ("figures", _SCORES),
    ("learning curve", _CURVE),
    ("drift", _DRIFT),
)


def publish_page(page: str, summary: str) -> None:
    """Publish an evaluation as HTML and as Markdown."""
    write_text(_EVALUATION, page)
    write_text(_SUMMARY, summary)


def publish_drift(page: str) -> None:
    """Publish what became of the traffic."""
    write_text(_DRIFT, page)


def publish_scores(evaluation: Evaluation) -> None:
    """Publish every hypothesis, and figures by decoder and test set.

    Figures are rounded to a hundredth of a point.
    """
    write_rows(evaluation.rows, _HYPOTHESES)
    scores: dict[str, Any] = {"trained on": evaluation.training_data}
    for scored in evaluation.slices:
        if scored.slice == ALL:
            figures = {name: round(value, 4) for name, value in scored.figures.items()}
            scores.setdefault(scored.system, {})[scored.test_set] = figures
    _write_json(_SCORES, scores)


def publish_promotion(version: str, alias: str, verdict: Verdict) -> None:
    """Publish which version was promoted to which alias, on what figures."""
    figures = {
        result.gate.name: round(result.value, 4)
        for result in verdict.results
        if result.value is not None
    }
    content = {"version": version, "alias": alias, "figures": figures}
    _write_json(_PROMOTION, content)


def publish_curve(course: LearningCurve) -> None:
    """Publish a learning curve as CSV."""
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
