"""Evidently's reports of single days, kept in a workspace of its: the history of distributions.

The verdicts shown in them are ours: Evidently's own thresholds know neither sample sizes nor the
days of a month. A column has drifted there if and only if it had an alarm on that day.
"""

import datetime as dt
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pyarrow as pa

from ovoz.monitoring.bins import COLUMNS, ORDERED
from ovoz.monitoring.report import MEANINGS, DriftReport

if TYPE_CHECKING:
    from evidently.core.report import Snapshot
    from evidently.ui.workspace import ProjectDashboard

_DISTANCE: Final = "jensenshannon"
"""From 0 to 1."""
_NEVER: Final = 2.0
_ALWAYS: Final = 0.0
EMPTY_DAY: Final = "<p>There was no traffic on the last day: nothing to compare.</p>"
"""The page of a day without traffic."""


def compare_day(report: DriftReport, day: pa.Table, reference: pa.Table) -> "Snapshot":
    """Evidently's report of the last day of a look: every column beside the reference.

    Args:
        report: The look, with our verdicts.
        day: Rows of its last day.
        reference: Rows of the test set as they were recorded.

    Raises:
        ValueError: The day or the reference has no rows.
    """
    from evidently import DataDefinition, Dataset, Report
    from evidently.metrics import RowCount, ValueDrift

    if not day.num_rows or not reference.num_rows:
        raise ValueError("a day without traffic has no distribution to show")
    last = report.days[-1]
    drifted = {one.column for one in report.drifted if last in one.days}
    metrics = [
        ValueDrift(column=name, method=_DISTANCE, threshold=_ALWAYS if name in drifted else _NEVER)
        for name in COLUMNS
    ]
    kinds = DataDefinition(numerical_columns=list(ORDERED), categorical_columns=["language"])
    current, before = (
        Dataset.from_pandas(table.select(COLUMNS).to_pandas(), data_definition=kinds)
        for table in (day, reference)
    )
    written = Report([RowCount(), *metrics], metadata={"model_version": report.model_version})
    return written.run(current, before, timestamp=_noon(last), name=str(last))


def keep_report(folder: Path, model: str, snapshot: "Snapshot") -> int:
    """Add a day's report to the workspace in ``folder``; an earlier one of that day goes.

    Args:
        folder: Of the workspace; made where there is none.
        model: Name of the model, which has a project with a dashboard of its own.
        snapshot: The report.

    Returns:
        How many reports the project now has.

    Raises:
        OSError: It cannot be written.
    """
    from evidently.ui.workspace import Workspace

    folder.mkdir(parents=True, exist_ok=True)
    workspace = Workspace.create(str(folder))
    found = workspace.search_project(model)
    project = found[0] if found else workspace.create_project(model)
    if not found:
        _add_panels(project.dashboard)
    for earlier in workspace.list_runs(project.id):
        if workspace.state.read_snapshot(project.id, earlier).name == snapshot.get_name():
            workspace.delete_run(project.id, earlier)
    workspace.add_run(project.id, snapshot)
    return len(workspace.list_runs(project.id))


def _add_panels(dashboard: "ProjectDashboard") -> None:
    """How far each column lies from the test set, day by day."""
    from evidently.sdk.models import PanelMetric
    from evidently.sdk.panels import line_plot_panel

    rows = PanelMetric(metric="RowCount", legend="segments")
    dashboard.add_panel(line_plot_panel("Segments looked at", [rows]))
    for name in COLUMNS:
        shown = PanelMetric(metric="ValueDrift", legend="distance", metric_labels={"column": name})
        title = f"{MEANINGS[name]} ({name}): distance from the test set"
        dashboard.add_panel(line_plot_panel(title, [shown], size="half"))


def _noon(day: dt.date) -> dt.datetime:
    # Evidently shows naive times as they are, so a day stays that day in every time zone.
    return dt.datetime.combine(day, dt.time(12))
