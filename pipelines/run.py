"""Run pipelines one after the other, and show what came of it."""

import time
from collections.abc import Callable, Sequence
from typing import Any

from rich.console import Console
from zenml.client import Client
from zenml.models import PipelineRunResponse

from ovoz.evaluation.candidate import PRODUCTION, SERVED
from ovoz.evaluation.evaluate import Evaluation
from ovoz.evaluation.gates import Verdict, judge
from ovoz.evaluation.tables import exports_table, figures_table, gate_table
from ovoz.profile import Profile
from ovoz.text.pack import load_pack
from pipelines.progress import show_step_lines
from pipelines.publish import REPORTS_OF_A_RUN, output, publish
from pipelines.remote import on_stack
from pipelines.summary import (
    show_answers,
    show_reports,
    stages_table,
)
from pipelines.versions import record_stages
from steps.evaluate import GREEDY

_EVALUATIONS = (
    ("gate_current", "evaluate_candidate", "evaluation_candidate"),
    ("gate_exported", "evaluate_artifact", "evaluation_exported"),
    ("gate_trained", "evaluate_checkpoint", "evaluation_trained"),
)
"""Each gate step with the step and output that it judged."""


class RunFailedError(RuntimeError):
    """A step failed; the message names it and says why."""


def run_pipelines(
    pipelines: Sequence[Callable[..., Any]], profile: Profile, console: Console
) -> None:
    """Run ``pipelines`` with ``profile``; ends with one screen.

    Raises:
        RunFailedError: A step failed; the pipelines behind it have not run.
    """
    show_step_lines()
    started = time.monotonic()
    runs: list[PipelineRunResponse] = []
    for pipeline in pipelines:
        console.rule(f"[bold]{pipeline.name}")
        try:
            runs.append(_completed(on_stack(pipeline, profile, profile.remote)(profile)))
        except RuntimeError as error:
            raise _explained(error, profile, console) from error
        publish(runs[-1])
    record_stages()
    _show(runs, profile, time.monotonic() - started, console)


def _completed(run: PipelineRunResponse) -> PipelineRunResponse:
    """The run with its steps as the store holds them."""
    return Client().get_pipeline_run(run.id)


def _explained(error: RuntimeError, profile: Profile, console: Console) -> RunFailedError:
    """What failed, in the words of the step; the gate table when it was a gate."""
    run = Client().list_pipeline_runs(sort_by="desc:created", size=1).items[0]
    failed = [(name, one) for name, one in run.steps.items() if one.status.value == "failed"]
    if not failed:
        return RunFailedError(str(error))
    publish(run)
    name, step = failed[0]
    for gate_step, step_name, artifact in _EVALUATIONS:
        if name == gate_step:
            evaluation = output(run, step_name, artifact)
            console.print(gate_table(_judged(profile, gate_step, evaluation), evaluation, GREEDY))
            return RunFailedError(
                f"step {name}: quality gates not met; nothing was registered, no alias has moved"
            )
    raised = step.exception_info
    lines = (raised.traceback if raised else str(error)).strip().splitlines()
    return RunFailedError(f"step {name}: {_last_words(lines)}")


def _judged(profile: Profile, gate_step: str, evaluation: Evaluation) -> Verdict:
    """The verdict of a gate step, from what it judged."""
    compared = any(row.system == PRODUCTION for row in evaluation.rows)
    return judge(
        profile.gates,
        evaluation,
        SERVED,
        artifact=gate_step != "gate_trained",
        production=PRODUCTION if compared else None,
        pack=load_pack(profile.pack),
    )


def _last_words(traceback: list[str]) -> str:
    """The message of an exception, which may have several lines, from its traceback."""
    last_frame = max(
        (index for index, line in enumerate(traceback) if line.startswith("  ")), default=-1
    )
    return "\n".join(traceback[last_frame + 1 :]) or traceback[-1]


def _show(
    runs: Sequence[PipelineRunResponse], profile: Profile, seconds: float, console: Console
) -> None:
    console.rule("[bold]done")
    console.print(stages_table(runs))
    for run in runs:
        evaluation = output(run, "evaluate_artifact", "evaluation_exported")
        if evaluation is not None:
            verdict = _judged(profile, "gate_exported", evaluation)
            console.print(gate_table(verdict, evaluation, GREEDY))
            console.print(figures_table(evaluation))
            if evaluation.choice is not None:
                console.print(exports_table(evaluation.choice))
        answers = output(run, "ask_service", "answers")
        if answers is not None:
            show_answers(console, answers)
        promoted = output(run, "promote_production", "promoted")
        if promoted is not None:
            console.print(
                f"[bold]Model[/bold] {profile.registry.model} version {promoted.version}"
                " is [bold green]production[/bold green]"
            )
    console.print("[bold]Reports[/bold]")
    show_reports(console, REPORTS_OF_A_RUN)
    console.print(
        f"[bold]Next[/bold]   make serve   make ui   .venv/bin/ovoz transcribe FILE"
        f"   ({seconds / 60:.1f} min)",
        highlight=False,
    )
