"""What killed runs and deleted files leave in the records, put right before the next run.

Called under the workspace's lock: whatever a local record calls running belongs to a dead process.
The records of a server are left alone, since other machines write to them.
"""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console
from zenml.client import Client
from zenml.enums import ExecutionStatus, StoreType
from zenml.models import ArtifactVersionResponse, PipelineRunUpdate, StepRunUpdate

from ovoz.registry.settings import RegistrySettings
from ovoz.registry.tracking import end_dead_runs as end_dead_trackings

_PAGE = 1000
_OPEN = [status for status in ExecutionStatus if not status.is_finished]


def recover(registry: RegistrySettings, console: Console) -> None:
    """End the runs of dead processes, and let steps run again whose stored results are gone."""
    if Client().zen_store.type is not StoreType.SQL:
        return
    ended = _end_dead_runs() + end_dead_trackings(registry)
    if ended:
        console.print(f"[dim]ended in the records: {ended} runs of killed processes[/dim]")
    for lost in _forget_lost_results():
        console.print(f"[dim]{lost} is gone: its step runs again[/dim]", highlight=False)


def _end_dead_runs() -> int:
    """End the open runs of ZenML, and their open steps; returns their number."""
    store, now = Client().zen_store, datetime.now(UTC)
    runs = Client().list_pipeline_runs(status=f"oneof:{json.dumps(_OPEN)}", size=_PAGE).items
    for run in runs:
        for step in Client().list_run_steps(pipeline_run_id=run.id, size=_PAGE).items:
            if not step.status.is_finished:
                store.update_run_step(
                    step.id, StepRunUpdate(status=ExecutionStatus.FAILED, end_time=now)
                )
        reason = "its process was killed"
        store.update_run(
            run.id, PipelineRunUpdate(status=ExecutionStatus.FAILED, status_reason=reason)
        )
    return len(runs)


def _forget_lost_results() -> list[str]:
    """Take no result from the cache whose files are gone; returns what is missing."""
    now, lost = datetime.now(UTC).replace(tzinfo=None), []
    for version in _list_results():
        if "://" in version.uri or Path(version.uri).is_dir():
            continue
        producer = version.get_hydrated_version().producer_step_run_id
        if producer is None:
            continue
        expires = Client().get_run_step(producer).cache_expires_at
        if expires is None or expires > now:
            Client().zen_store.update_run_step(producer, StepRunUpdate(cache_expires_at=now))
            lost.append(version.uri)
    return lost


def _list_results() -> Iterator[ArtifactVersionResponse]:
    page = total = 1
    while page <= total:
        found = Client().list_artifact_versions(size=_PAGE, page=page)
        yield from found.items
        page, total = page + 1, found.total_pages
