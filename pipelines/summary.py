"""The screen a run ends with."""

from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

from rich.console import Console
from rich.table import Table
from zenml.models import PipelineRunResponse

from ovoz.evaluation.evaluate import Evaluation
from ovoz.evaluation.gates import Verdict
from ovoz.text.console import coloured, legend
from steps.evaluate import GREEDY, SERVED
from steps.smoke_test import ServedAnswers

_FIGURES = ("wer.uz", "wer.ru", "wer.mixed", "cer", "language_accuracy", "switch_f1")


def stages_table(runs: Sequence[PipelineRunResponse]) -> Table:
    """Every step with its wall time; what came from the cache is marked."""
    table = Table(title="Stages", title_justify="left")
    table.add_column("pipeline")
    table.add_column("step")
    table.add_column("time", justify="right")
    shown: set[str] = set()
    for run in runs:
        steps = [(name, one) for name, one in run.steps.items() if name not in shown]
        for name, one in sorted(steps, key=lambda pair: pair[1].start_time or pair[1].created):
            shown.add(name)
            cached = one.status.value == "cached"
            spent = (one.end_time - one.start_time) if one.end_time and one.start_time else None
            table.add_row(run.pipeline.name, name, "unchanged" if cached else _clock(spent))
    return table


def _clock(spent: timedelta | None) -> str:
    if spent is None:
        return ""
    minutes, seconds = divmod(spent.total_seconds(), 60)
    return f"{int(minutes)}:{seconds:04.1f}"


def gate_table(verdict: Verdict, evaluation: Evaluation) -> Table:
    """Each gate with its figure by the served decoder, the best path beside it, and the margin."""
    table = Table(title=f"Quality gates: {verdict.training_data}", title_justify="left")
    for heading in ("gate", "limit", "greedy", "served", "margin", ""):
        table.add_column(heading, justify="left" if heading == "gate" else "right")
    for result in verdict.results:
        gate = result.gate
        greedy = evaluation.find(GREEDY, gate.test_set, gate.slice)
        beside = greedy.figures.get(gate.figure) if greedy else None
        side = "≤" if gate.at_most is not None else "≥"
        table.add_row(
            gate.name,
            f"{side} {gate.limit:.1%}",
            _percent(beside),
            _percent(result.value),
            f"{result.margin:+.1%}" if result.margin is not None else result.reason,
            "[green]met[/green]" if result.passed else "[red]NOT MET[/red]",
        )
    return table


def figures_table(evaluation: Evaluation) -> Table:
    """The main figures on every test set, greedy beside served."""
    table = Table(title=f"Figures: {evaluation.training_data}", title_justify="left")
    table.add_column("test set")
    table.add_column("decoder")
    for figure in _FIGURES:
        table.add_column(figure, justify="right")
    for test_set in dict.fromkeys(one.test_set for one in evaluation.slices):
        for system in (GREEDY, SERVED):
            if scores := evaluation.find(system, test_set):
                cells = [_percent(scores.figures.get(figure)) for figure in _FIGURES]
                table.add_row(test_set, system, *cells)
    return table


def _percent(value: float | None) -> str:
    return "–" if value is None else f"{value:.1%}"


def show_answers(console: Console, answers: ServedAnswers) -> None:
    """What the running service wrote, under what was said."""
    console.print("[bold]Held-out clips, answered by the service[/bold] ", legend())
    for answer in answers.answers:
        console.print(f"  {answer.language.value:6}said   ", coloured(answer.reference.split()))
        console.print("        wrote  ", coloured(answer.hypothesis.split()))


def show_reports(console: Console, reports: Sequence[tuple[str, Path]]) -> None:
    """Where each report lies."""
    for name, path in reports:
        if path.exists():
            console.print(f"  {name:22} {path}", highlight=False)
