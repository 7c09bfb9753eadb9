"""The screen a run ends with."""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from rich.console import Console
from rich.table import Table
from zenml.enums import ExecutionStatus
from zenml.models import PipelineRunResponse, StepRunResponse

from ovoz.text.console import build_legend, colour_words
from steps.ask_service import ServedAnswers


def stages_table(runs: Sequence[PipelineRunResponse], before_s: float, total_s: float) -> Table:
    """Where the time of a run went: every step with its wall time, or that it was unchanged.

    A step of two pipelines has one row, with the time of both. What is no step's is ZenML's.

    Args:
        runs: The pipelines' runs, in order.
        before_s: Seconds from the start of the process to that of the first pipeline.
        total_s: Seconds from the start of the process to now.
    """
    table = Table(title="Where the time went", title_justify="left")
    table.add_column("pipeline")
    table.add_column("step")
    table.add_column("time", justify="right")
    table.add_row("", "start: tools loaded, records checked", _clock(before_s))
    spent: dict[str, tuple[str, float | None]] = {}
    for run in runs:
        pipeline = run.pipeline.name if run.pipeline else ""
        for name, step in sorted(run.steps.items(), key=_start):
            first, so_far = spent.get(name, (pipeline, None))
            seconds = _seconds(step)
            known = [one for one in (so_far, seconds) if one is not None]
            spent[name] = first, sum(known) if known else None
    for name, (pipeline, seconds) in spent.items():
        table.add_row(pipeline, name, "unchanged" if seconds is None else _clock(seconds))
    in_steps = sum(seconds for _, seconds in spent.values() if seconds is not None)
    table.add_row("", "between the steps", _clock(max(0.0, total_s - before_s - in_steps)))
    table.add_row("", "in all", _clock(total_s), style="bold")
    return table


def _start(named: tuple[str, StepRunResponse]) -> datetime:
    return named[1].start_time or named[1].created


def _seconds(step: StepRunResponse) -> float | None:
    """Wall time of a step; None where its result came from the cache."""
    if step.status == ExecutionStatus.CACHED or not (step.start_time and step.end_time):
        return None
    return (step.end_time - step.start_time).total_seconds()


def _clock(seconds: float) -> str:
    minutes, rest = divmod(seconds, 60)
    return f"{int(minutes)}:{rest:04.1f}"


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
