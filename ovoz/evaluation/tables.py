"""Gates and figures as tables for a terminal; what the model was trained on is in every title."""

from collections.abc import Collection

from rich.markup import escape
from rich.table import Table

from ovoz.engine.export.choice import ExportCandidate, ExportChoice
from ovoz.evaluation.evaluate import Evaluation
from ovoz.evaluation.judgement import GateResult, Verdict
from ovoz.evaluation.rows import ALL
from ovoz.text.language import Language

_FIGURES = {
    "cer": "CER",
    "language_accuracy": "lang",
    "switch_f1": "switch",
}


def build_gate_table(verdict: Verdict, evaluation: Evaluation, beside: str) -> Table:
    """Each gate with the judged figure, that of the system ``beside`` it, and the margin."""
    table = Table(title=f"Quality gates: {escape(verdict.training_data)}", title_justify="left")
    for heading in ("gate", "limit", beside, verdict.system, "margin", ""):
        table.add_column(heading, justify="left" if heading == "gate" else "right")
    for result in verdict.results:
        gate = result.gate
        other = evaluation.find(beside, gate.test_set, gate.slice)
        compared = other.figures.get(gate.figure) if other else None
        side = "≤" if gate.at_most is not None else "≥"
        table.add_row(
            escape(gate.name),
            f"{side} {gate.shown(gate.limit)}",
            "–" if compared is None else gate.shown(compared),
            "–" if result.value is None else gate.shown(result.value),
            escape(describe_margin(result)),
            "[green]met[/green]" if result.passed else _unmet(result),
        )
    return table


def describe_margin(result: GateResult) -> str:
    """Distance to the limit with its sign, or why there is none."""
    if result.margin is None:
        return result.reason
    return ("+" if result.margin >= 0 else "-") + result.gate.shown(abs(result.margin))


def _unmet(result: GateResult) -> str:
    if result.waiver is None:
        return "[red]NOT MET[/red]"
    return f"[yellow]waived by {escape(result.waiver.who)} until {result.waiver.until}[/yellow]"


def describe_place(candidate: ExportCandidate) -> str:
    """What became of an export, in a word or with the reason."""
    if candidate.figures is None:
        return candidate.reason
    if candidate.chosen:
        return "served"
    if not candidate.within_limit:
        return "loses too much"
    return "dominated" if candidate.dominated else "within the limit"


def build_exports_table(choice: ExportChoice) -> Table:
    """Every export with its figures on dev, and its place among them."""
    table = Table(title=f"Exports on {choice.clips} clips of dev", title_justify="left")
    for heading in ("precision", "WER", "loss", "same text", "times real time", "p95 ms", "MB", ""):
        table.add_column(heading, justify="left" if heading == "precision" else "right")
    for one in choice.candidates:
        found = one.figures
        cells = ["–"] * 6
        if found is not None:
            cells = [
                f"{found.wer:.1%}",
                f"{100 * found.wer_loss:+.2f}",
                f"{found.text_equal_share:.1%}",
                f"{1 / found.real_time_factor:.0f}",
                f"{found.p95_ms:.1f}",
                f"{found.size_mb:.1f}",
            ]
        table.add_row(one.precision.value, *cells, escape(describe_place(one)))
    return table


def head_word_errors(figures: Collection[str]) -> dict[str, str]:
    """Headings of those word error rates of a language that are among ``figures``."""
    shown = {f"wer.{one}": f"WER {one}" for one in Language} | {"wer.mixed": "WER mix"}
    return {name: heading for name, heading in shown.items() if name in figures}


def build_figures_table(evaluation: Evaluation, *, slices: bool = False) -> Table:
    """The main figures on every test set, the systems under one another; ``slices`` too."""
    table = Table(title=f"Figures: {escape(evaluation.training_data)}", title_justify="left")
    table.add_column("test set", no_wrap=True)
    table.add_column("decoder", no_wrap=True)
    if slices:
        table.add_column("clips", justify="right")
    known = {name for one in evaluation.slices for name in one.figures}
    figures = head_word_errors(known) | _FIGURES
    for heading in figures.values():
        table.add_column(heading, justify="right")
    order = {one.test_set: place for place, one in enumerate(evaluation.slices)}
    shown = [one for one in evaluation.slices if slices or one.slice == ALL]
    for scores in sorted(shown, key=lambda one: (order[one.test_set], one.slice != ALL, one.slice)):
        where = scores.test_set if scores.slice == ALL else f"  {scores.slice}"
        values = [scores.figures.get(figure) for figure in figures]
        cells = ["–" if value is None else f"{value:.1%}" for value in values]
        clips = [str(scores.utterances)] if slices else []
        table.add_row(escape(where), scores.system, *clips, *cells)
    return table
