"""The screen a run ends with."""

from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

from rich.console import Console
from rich.table import Table
from zenml.models import PipelineRunResponse

from ovoz.text.console import build_legend, colour_words
from steps.ask_service import ServedAnswers


def stages_table(runs: Sequence[PipelineRunResponse], seconds: float) -> Table:
    """Every step with its wall time; what came from the cache is marked.

    The rest of the run's ``seconds`` is ZenML's, between the steps.
    """
    table = Table(title="Stages", title_justify="left")
    table.add_column("pipeline")
    table.add_column("step")
    table.add_column("time", justify="right")
    shown: set[str] = set()
    rest = timedelta(seconds=seconds)
    for run in runs:
        steps = run.steps.items()
        for name, one in sorted(steps, key=lambda pair: pair[1].start_time or pair[1].created):
            cached = one.status.value == "cached"
            spent = (one.end_time - one.start_time) if one.end_time and one.start_time else None
            rest -= timedelta() if cached or spent is None else spent
            if name in shown:
                continue
            shown.add(name)
            pipeline = run.pipeline.name if run.pipeline else ""
            table.add_row(pipeline, name, "unchanged" if cached else _clock(spent))
    table.add_row("", "between the steps", _clock(max(rest, timedelta())))
    return table


def _clock(spent: timedelta | None) -> str:
    if spent is None:
        return ""
    minutes, seconds = divmod(spent.total_seconds(), 60)
    return f"{int(minutes)}:{seconds:04.1f}"


def show_answers(console: Console, answers: ServedAnswers) -> None:
    """What the running service wrote, under what was said."""
    spoken = {one for answer in answers.answers for one in answer.reference_languages}
    console.print("[bold]Held-out clips, answered by the service[/bold] ", build_legend(spoken))
    for answer in answers.answers:
        said = colour_words(answer.reference.split(), answer.reference_languages)
        wrote = colour_words(answer.hypothesis.split(), answer.hypothesis_languages)
        console.print(f"  {answer.language.value:6}said   ", said)
        console.print("        wrote  ", wrote)


def show_reports(console: Console, reports: Sequence[tuple[str, Path]]) -> None:
    """Where each report lies."""
    for name, path in reports:
        if path.exists():
            console.print(f"  {name:22} {path}", highlight=False, markup=False)
