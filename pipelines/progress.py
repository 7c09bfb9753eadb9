"""Progress of the steps on the console, one line per start and one per end.

ZenML runs hooks when a step starts and when it succeeds. It has no hook for steps whose result it
takes from its cache, because they never run: those are read from the run's record instead, before
each step that starts and at the end.
"""

import time
from uuid import UUID

from rich.console import Console
from zenml import get_step_context
from zenml.client import Client
from zenml.enums import ExecutionStatus

# ZenML finds hooks by their import path, so what they share is kept in the module.
_started: dict[UUID, float] = {}
_shown: set[UUID] = set()


def show_start() -> None:
    """Hook at the start of a step."""
    step = get_step_context().step_run
    show_cached(step.pipeline_run_id)
    _started[step.id] = time.monotonic()
    _show(f"▶ {step.name}")


def show_success() -> None:
    """Hook at the end of a step that succeeded."""
    step = get_step_context().step_run
    _show(f"✓ {step.name}  {time.monotonic() - _started.pop(step.id):.1f} s")


def show_cached(run_id: UUID) -> None:
    """Report the steps of a run that were taken from the cache and not reported yet."""
    cached = Client().list_run_steps(
        pipeline_run_id=run_id, status=ExecutionStatus.CACHED, sort_by="asc:created", size=100
    )
    for step in cached:
        if step.id not in _shown:
            _shown.add(step.id)
            _show(f"✓ {step.name}  unchanged, taken from the cache")


def _show(line: str) -> None:
    Console(soft_wrap=True).print(line, highlight=False, markup=False)
