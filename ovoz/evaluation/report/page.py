"""Rendering of an evaluation and its verdict."""

from collections.abc import Iterator, Sequence
from typing import Any, Final

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape

from ovoz.charts import HEIGHT, WIDTH, Chart, draw_histogram, draw_line_chart
from ovoz.evaluation.calibration import Calibration, measure_calibration
from ovoz.evaluation.confusions import count_word_errors
from ovoz.evaluation.evaluate import Evaluation
from ovoz.evaluation.judgement import Verdict
from ovoz.evaluation.operation import MEASURES
from ovoz.evaluation.report.examples import (
    choose_plain_examples,
    choose_switch_examples,
    find_worst,
)
from ovoz.evaluation.rows import ALL, HypothesisRow
from ovoz.evaluation.tables import describe_margin, describe_place

FIGURES: Final = ("wer", "cer", "language_accuracy", "switch_f1")
"""Figures of the table of slices."""

_LISTED: Final = 50
_WORDS: Final = 25

Curve = Sequence[tuple[float, float]]
"""Word error rates on the development set by optimizer step."""


def render_page(
    evaluation: Evaluation, verdict: Verdict | None, system: str, curve: Curve = ()
) -> str:
    """The evaluation as an HTML page that needs nothing beside itself.

    Args:
        evaluation: What was measured.
        verdict: The gates, met or not; None where none was judged.
        system: The system that is judged and shown in detail.
        curve: Learning curve, where one is known.
    """
    of_system = [row for row in evaluation.rows if row.system == system]
    rows = [row for row in of_system if row.test_set == of_system[0].test_set]  # the recorded one
    slices = [one for one in evaluation.slices if one.system == system]
    page = _environment().get_template("page.html.jinja")
    return page.render(
        **_content(evaluation, verdict, system),
        slices=slices,
        figures=FIGURES,
        confusion=next((one.confusion for one in slices if one.slice == ALL), {}),
        word_errors=count_word_errors(rows, _WORDS),
        switches=choose_switch_examples(rows),
        plain=choose_plain_examples(rows),
        worst=find_worst(rows),
        differences=evaluation.differences[:_LISTED],
        departed=len(evaluation.differences),
        charts=list(_charts(rows, curve)),
        width=WIDTH,
        height=HEIGHT,
    )


def render_markdown(evaluation: Evaluation, verdict: Verdict | None, system: str) -> str:
    """Verdict, gates and main figures as Markdown."""
    page = _environment().get_template("summary.md.jinja")
    return page.render(**_content(evaluation, verdict, system), figures=FIGURES)


def _content(evaluation: Evaluation, verdict: Verdict | None, system: str) -> dict[str, Any]:
    return {
        "training_data": evaluation.training_data,
        "measured_on": evaluation.measured_on,
        "system": system,
        "verdict": verdict,
        "wholes": [one for one in evaluation.slices if one.slice == ALL],
        "measures": evaluation.measures.get(system, {}),
        "meanings": MEASURES,
        "describe_margin": describe_margin,
        "choice": evaluation.choice,
        "describe_place": describe_place,
    }


def _environment() -> Environment:
    return Environment(
        loader=PackageLoader("ovoz.evaluation.report"),
        autoescape=select_autoescape(["html.jinja"]),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def _charts(rows: Sequence[HypothesisRow], curve: Curve) -> Iterator[Chart]:
    if rows:
        labels = ("milliseconds a call", "clips")
        yield draw_histogram("Latency", labels, [row.latency_ms for row in rows])
        if (found := measure_calibration(rows)) is not None:
            yield from _calibration_charts(found)
    if curve:
        top, last = max(rate for _, rate in curve), curve[-1][0]
        labels = ("optimizer step", "WER on dev")
        yield draw_line_chart("Learning curve", labels, [curve], (0, last), (0, top))


def _calibration_charts(found: Calibration) -> Iterator[Chart]:
    points = [(one.confidence, one.accuracy) for one in found.bins]
    yield draw_line_chart(
        f"Calibration (ECE {found.ece:.3f})",
        ("confidence", "share of words right"),
        [[(0, 0), (1, 1)], points],
        (0, 1),
        (0, 1),
    )
    top = max(rate for _, rate in found.rejection)
    labels = ("share of utterances kept", "WER of those")
    yield draw_line_chart("Rejection", labels, [found.rejection], (0, 1), (0, top))
