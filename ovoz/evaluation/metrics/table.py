"""The score report as people read it: percent, with intervals and counts."""

from collections.abc import Sequence

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from ovoz.evaluation.metrics.figures import LOWER_IS_BETTER, OF_THE_TEST_SET
from ovoz.evaluation.metrics.report import ScoreReport
from ovoz.evaluation.metrics.scores import Scores
from ovoz.text.console import NAMES
from ovoz.text.language import Language

_SPOKEN = {**NAMES, Language.MIXED: "mixed"}
_TITLES = {
    "wer": "WER, canonical",
    "wer.raw": "WER, as written",
    "wer.literary": "WER, literary",
    "cer": "CER, canonical",
    "cer.raw": "CER, as written",
    "cer.literary": "CER, literary",
    "mer": "MER",
    **{f"wer.{one}": f"WER, {name} utterances" for one, name in _SPOKEN.items()},
    **{f"cer.{one}": f"CER, {name} utterances" for one, name in _SPOKEN.items()},
    "pier": "PIER, switched words",
    "language_accuracy": "Utterance language accuracy",
    "switch_f1": "Switch points F1",
    "switch_precision": "Switch points precision",
    "switch_recall": "Switch points recall",
    "switch_f1_within_one": "Switch points F1, ±1 word",
    "switch_precision_within_one": "Switch points precision, ±1 word",
    "switch_recall_within_one": "Switch points recall, ±1 word",
    "embedded_f1": "Embedded words F1",
    "embedded_precision": "Embedded words precision",
    "embedded_recall": "Embedded words recall",
    "code_switch_f1": "Code-switched utterances F1",
    "code_switch_precision": "Code-switched utterances precision",
    "code_switch_recall": "Code-switched utterances recall",
    "cmi": "CMI of the test set",
    "m_index": "M-index of the test set",
    "i_index": "I-index of the test set",
}

_OF = {
    "wer": ("words", "words"),
    "cer": ("characters", "characters"),
    "mer": ("words", "words"),
    "pier": ("interest_words", "words"),
    "language_accuracy": ("labelled", "utterances"),
    "switch": ("switches_expected", "switches"),
    "embedded": ("embedded_expected", "words"),
    "code": ("mixed_expected", "utterances"),
    "cmi": ("labelled", "utterances"),
    "m_index": ("words", "words"),
    "i_index": ("boundaries", "boundaries"),
}


def score_table(report: ScoreReport) -> RenderableType:
    """Everything a report says, for a terminal; figures the test set does not define show "—"."""
    parts: list[RenderableType] = [_figures(report), _confusion(report.scores)]
    parts += [_groups(column, values) for column, values in report.groups.items()]
    if report.baseline and report.differences:
        parts.append(_differences(report, report.baseline.name))
    notes = _notes(report)
    return Group(*parts, *(Text(note, style="yellow") for note in notes))


def _figures(report: ScoreReport) -> Table:
    scores = report.scores
    table = Table(
        title=f"{report.hypothesis.name} against {report.reference.name}",
        caption=f"{scores.utterances:,} utterances, {scores.speakers:,} known speakers, "
        f"pack {report.pack or 'none'}, benchmark version {report.benchmark_version}",
    )
    table.add_column("figure")
    table.add_column("value", justify="right")
    table.add_column("interval by speaker", justify="right")
    table.add_column("measured on", justify="right")
    for name, title in _titles(scores):
        interval = report.intervals.get(name)
        shown = f"{_show(name, interval.low)} – {_show(name, interval.high)}" if interval else "—"
        table.add_row(title, _show(name, scores.values[name]), shown, _measured_on(name, scores))
    return table


def _titles(scores: Scores) -> list[tuple[str, str]]:
    """The figures with their titles, without languages that the test set does not have."""
    sliced = {f"{kind}.{one}" for kind in ("wer", "cer") for one in _SPOKEN}
    return [
        (name, title)
        for name, title in _TITLES.items()
        if name not in sliced or scores.values[name] is not None
    ]


def _show(name: str, value: float | None) -> str:
    if value is None:
        return "—"
    return f"{value:.3f}" if name in OF_THE_TEST_SET else f"{100 * value:.2f} %"


def _measured_on(name: str, scores: Scores) -> str:
    kind, _, view = name.partition(".")
    column, unit = _OF.get(kind) or _OF[kind.split("_")[0]]
    if view in ("raw", "literary"):
        column = f"{view}_{column}"
    elif view:
        column = f"{column}.{view}"
    return f"{scores.counts[column]:,.0f} {unit}"


def _confusion(scores: Scores) -> Table:
    table = Table(title="Utterance language: rows said, columns recognised")
    table.add_column("")
    labels = list(next(iter(scores.confusion.values()), {}))
    for label in labels:
        table.add_column(label, justify="right")
    for said, heard in scores.confusion.items():
        table.add_row(said, *(f"{heard[label]:,}" for label in labels))
    return table


_IN_GROUPS = ("wer", "wer.raw", "cer", "pier", "language_accuracy", "switch_f1", "code_switch_f1")


def _groups(column: str, values: dict[str, dict[str, float]]) -> Table:
    table = Table(title=f"By {column}")
    table.add_column(column)
    for name in _IN_GROUPS:
        table.add_column(name, justify="right")
    for value, figures in values.items():
        table.add_row(value, *(_show(name, figures.get(name)) for name in _IN_GROUPS))
    return table


def _differences(report: ScoreReport, baseline: str) -> Table:
    table = Table(
        title=f"{report.hypothesis.name} compared with {baseline}",
        caption="Difference in percentage points, paired bootstrap by speaker",
    )
    for heading in ("figure", "baseline", "this", "difference", "interval", "p", "better in"):
        table.add_column(heading, justify="left" if heading == "figure" else "right")
    for name, item in report.differences.items():
        better = item.difference < 0 if name in LOWER_IS_BETTER else item.difference > 0
        significant = item.low > 0 or item.high < 0
        style = ("green" if better else "red") if significant else ""
        table.add_row(
            _TITLES[name],
            _show(name, item.baseline),
            _show(name, item.candidate),
            f"{100 * item.difference:+.2f}",
            f"{100 * item.low:+.2f} – {100 * item.high:+.2f}",
            f"{item.p_value:.3f}",
            f"{100 * item.improvement:.0f} %",
            style=style,
        )
    return table


def _notes(report: ScoreReport) -> Sequence[str]:
    notes = []
    if not report.intervals:
        notes.append("No intervals: they need at least two speakers.")
    elif 1 < report.scores.speakers < 10:
        notes.append(
            f"{report.scores.speakers} speakers are few: the true intervals are wider than shown."
        )
    if report.as_written:
        notes.append(
            "The hypotheses keep the script of every word, as the models of the pack write "
            "(--any-script finds the language of each word instead)."
        )
    if report.without_equivalents:
        before, after = report.without_equivalents["wer"], report.figures["wer"]
        notes.append(
            f"Listed spellings count as the same: WER, canonical, is {100 * after:.2f} %, without "
            f"the list {100 * before:.2f} %."
        )
    if report.unused_hypotheses:
        notes.append(
            f"{report.unused_hypotheses:,} hypotheses have no reference and were not used."
        )
    if report.missing_hypotheses:
        notes.append(
            f"{report.missing_hypotheses:,} references had no hypothesis: scored as empty."
        )
    return notes
