"""Runs pipelines one after the other, and shows the result on one screen."""

import logging
import secrets
import sys
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import psutil
from rich.console import Console
from rich.markup import escape
from rich.table import Table
from zenml.client import Client
from zenml.enums import ExecutionStatus
from zenml.models import ExceptionInfo, PipelineRunResponse
from zenml.pipelines.pipeline_definition import Pipeline

from ovoz.evaluation.evaluate import Evaluation
from ovoz.evaluation.judgement import GatesFailedError, judge_served
from ovoz.evaluation.run_reports import REPORTS_OF_A_RUN
from ovoz.evaluation.systems import GREEDY
from ovoz.evaluation.tables import build_exports_table, build_figures_table, build_gate_table
from ovoz.profile import Profile
from pipelines.progress import show_cached, show_start, show_success
from pipelines.publish import load_last_promotion, load_output, publish
from pipelines.remote import on_stack
from pipelines.summary import show_answers, show_reports, stages_table
from pipelines.versions import record_stage

_EVALUATIONS = {
    "gate_trained": ("evaluate_checkpoint", "evaluation_trained"),
    "gate_exported": ("evaluate_artifact", "evaluation_exported"),
    "gate_current": ("evaluate_candidate", "evaluation_candidate"),
}
"""Each gate step with the step and output that it judged."""


class RunFailedError(RuntimeError):
    """A step failed; the message names it and gives the reason."""


def run_pipelines(
    pipelines: Sequence[Pipeline], profile: Profile, file: Path, console: Console
) -> None:
    """Run ``pipelines`` with ``profile``, read from ``file``; ends with one screen.

    Raises:
        RunFailedError: A step failed; the pipelines behind it have not run.
    """
    _limit_logs()
    began = psutil.Process().create_time()
    before_s = time.time() - began
    runs = []
    for pipeline in pipelines:
        runs.append(_run(pipeline, profile, console))
        record_stage(pipeline.name, file)
    _show(runs, profile, before_s, time.time() - began, console)


def _limit_logs() -> None:
    """Show warnings alone, and none of ZenML's: its progress and failures are shown here."""
    logging.getLogger("zenml").setLevel(logging.CRITICAL)
    for handler in logging.getLogger().handlers:
        handler.setLevel(logging.WARNING)


def _run(pipeline: Pipeline, profile: Profile, console: Console) -> PipelineRunResponse:
    console.rule(f"[bold]{pipeline.name}")
    # The name finds the run again: a failed call returns none, and a ZenML server may have others.
    name = f"{pipeline.name}-{datetime.now(UTC):%Y%m%d-%H%M%S}-{secrets.token_hex(3)}"
    named = pipeline.with_options(run_name=name, on_start=show_start, on_success=show_success)
    try:
        on_stack(named, profile, profile.remote)(profile)
    except RuntimeError as error:
        raise _explain(error, name, profile, console) from error
    run = Client().get_pipeline_run(name)
    show_cached(run.id)
    publish(run)
    return run


def _explain(
    error: RuntimeError, run_name: str, profile: Profile, console: Console
) -> RunFailedError:
    """The step that failed and its exception; shows the table of a gate that is not met."""
    runs = Client().list_pipeline_runs(name=run_name).items
    failed = [
        step for run in runs for step in run.steps.values() if step.status == ExecutionStatus.FAILED
    ]
    if not failed:
        return RunFailedError(str(error))
    (run,), step = runs, failed[0]
    try:
        publish(run)
    except OSError as fault:  # such as a full disk, which must not hide what failed before
        console.print(f"reports not written: {escape(str(fault))}", highlight=False)
    raised = step.exception_info
    if raised and raised.source == f"{GatesFailedError.__module__}.{GatesFailedError.__name__}":
        evaluation = load_output(run, *_EVALUATIONS[step.name])
        console.print(_gate_table(profile, run, step.name, evaluation))
        reason = "quality gates not met; nothing was registered, no alias has moved"
    else:
        reason = _reason(raised) if raised else str(error)
        if run.pipeline and run.pipeline.name == "promotion":
            reason = f"{reason}; production has not moved"
    return RunFailedError(f"step {step.name}: {reason}")


def _reason(raised: ExceptionInfo) -> str:
    """Class and message of an exception, as far as there are any."""
    known = ((raised.source or "").rpartition(".")[2], raised.message)
    return ": ".join(part for part in known if part)


def _gate_table(
    profile: Profile, run: PipelineRunResponse, gate_step: str, evaluation: Evaluation
) -> Table:
    """The table of a gate step, from what it judged."""
    against = load_output(run, "rivals", "rivals")
    verdict = judge_served(
        evaluation,
        profile.gates,
        profile.pack,
        artifact=gate_step != "gate_trained",
        rivals=against.artifacts if against else (),
    )
    return build_gate_table(verdict, evaluation, GREEDY)


def _show(
    runs: Sequence[PipelineRunResponse],
    profile: Profile,
    before_s: float,
    total_s: float,
    console: Console,
) -> None:
    console.rule("[bold]done")
    console.print(stages_table(runs, before_s, total_s))
    for run in runs:
        _show_results(run, profile, console)
    console.print("[bold]Reports[/bold]")
    show_reports(console, REPORTS_OF_A_RUN)
    console.print(
        f"[bold]Next[/bold]   {escape(_next_commands())}   ({total_s / 60:.1f} min)",
        highlight=False,
    )


def _next_commands() -> str:
    """Commands for the workspace of this run, which may be another folder than the checkout."""
    if Path("Makefile").is_file():
        return "make serve   make ui   .venv/bin/ovoz transcribe FILE"
    ovoz = Path(sys.executable).with_name("ovoz")
    return f"cd {Path.cwd()}   {ovoz} serve   {ovoz} models   {ovoz} transcribe FILE"


def _show_results(run: PipelineRunResponse, profile: Profile, console: Console) -> None:
    evaluation = load_output(run, "evaluate_artifact", "evaluation_exported")
    if evaluation is not None:
        console.print(_gate_table(profile, run, "gate_exported", evaluation))
        console.print(build_figures_table(evaluation))
        if evaluation.choice is not None:
            console.print(build_exports_table(evaluation.choice))
    answers = load_output(run, "ask_service", "answers")
    if answers is not None:
        show_answers(console, answers)
    acted = load_output(run, "act_by_policy", "acted")
    if acted is not None:
        console.print(f"[bold]Traffic[/bold] {escape(acted)}", highlight=False)
    promoted = load_last_promotion(run)
    if promoted is not None:
        console.print(
            f"[bold]Model[/bold] {escape(profile.registry.model)} version {promoted.version}"
            f" is [bold green]{promoted.alias}[/bold green]"
        )
