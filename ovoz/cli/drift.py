"""``ovoz drift TRAFFIC``: is what callers say still what the model was tested on?"""

import datetime as dt
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.table import Table

from ovoz.cli.errors import stop, warn

if TYPE_CHECKING:
    from ovoz.monitoring.actions.acting import DriftOutcome
    from ovoz.monitoring.live_rate import LiveRate
    from ovoz.monitoring.report import DriftReport, TrafficErrorRates

ALARM = 1
"""Exit code when something drifted, for cron and scripts."""
FAILED = 3
"""Exit code when an action of the policy could not be taken."""


def drift(
    traffic: Annotated[
        Path, typer.Argument(help="Folder of the traffic log (OVOZ_TRAFFIC_DIR of the service).")
    ],
    model: Annotated[Path, typer.Option(help="The model's artifact, with its reference.")],
    last: Annotated[
        dt.datetime | None,
        typer.Option(formats=["%Y-%m-%d"], help="Last day (UTC); by default yesterday."),
    ] = None,
    days: Annotated[int, typer.Option(min=1, max=31, help="How many days up to it.")] = 30,
    false_alarms: Annotated[
        float,
        typer.Option(min=0, max=1, help="Share of unchanged months with an alarm all the same."),
    ] = 0.02,
    independent_share: Annotated[
        float,
        typer.Option(
            min=0.01,
            max=1,
            help="Share of segments that count: 0.2 where each caller says five alike.",
        ),
    ] = 1.0,
    cluster: Annotated[
        str,
        typer.Option(help="A scheduler of Dask whose workers read the log, or local:2."),
    ] = "",
    corrections: Annotated[
        Path | None,
        typer.Option(help="Folder of the log of corrections (OVOZ_FEEDBACK_DIR of the service)."),
    ] = None,
    page: Annotated[
        Path | None, typer.Option(help="Write a page in plain words here (HTML).")
    ] = None,
    metrics: Annotated[
        Path | None,
        typer.Option(help="Write gauges for Prometheus here (a .prom file of node_exporter)."),
    ] = None,
    act: Annotated[
        Path | None, typer.Option(help="Act by this policy (YAML) where something changed.")
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="With --act: say what would be done; do nothing.")
    ] = False,
) -> None:
    """Hold the traffic of a model against its test set. Ends with 1 where something drifted."""
    from ovoz.engine.artifact.storage import ArtifactError
    from ovoz.monitoring.cluster import spread_over
    from ovoz.monitoring.drift import DriftConfig
    from ovoz.monitoring.gauges import write_gauges
    from ovoz.monitoring.live_rate import live_rates, read_corrections
    from ovoz.monitoring.page import write_page
    from ovoz.monitoring.report import look_for_drift

    until = last.date() if last else dt.datetime.now(dt.UTC).date() - dt.timedelta(1)
    config = DriftConfig(false_alarm_months=false_alarms, independent_share=independent_share)
    try:
        with spread_over(cluster) as spread:
            report = look_for_drift(
                traffic.resolve(), model, last=until, days=days, config=config, spread=spread
            )
        live = []
        if corrections is not None:
            first = until - dt.timedelta(days - 1)
            live = live_rates(read_corrections(corrections, first=first, last=until))
        if page is not None:
            write_page(report, live, page)
        if metrics is not None:
            write_gauges(report, live, metrics)
    except (ArtifactError, OSError, ValueError) as error:
        stop(error)
    _show(Console(), report, live)
    if act is not None and _act(act, report, dry_run=dry_run).has_failed:
        raise typer.Exit(FAILED)
    if report.has_alarm:
        raise typer.Exit(ALARM)


def _act(file: Path, report: "DriftReport", *, dry_run: bool) -> "DriftOutcome":
    import os

    from ovoz.monitoring.actions.acting import Surroundings, act
    from ovoz.monitoring.actions.policy import load_action_policy
    from ovoz.profile import load_profile

    around = Surroundings(os.environ, lambda told: warn(told, "drift"), load_profile)
    try:
        outcome = act(report, load_action_policy(file), around, dry_run=dry_run)
    except (OSError, ValueError) as error:
        stop(error)
    _show_outcome(Console(soft_wrap=True), outcome)
    return outcome


def _show_outcome(console: Console, outcome: "DriftOutcome") -> None:
    from ovoz.monitoring.telling import tell_outcome

    for line in tell_outcome(outcome):
        console.print(line, highlight=False, markup=False)


def _show(console: Console, report: "DriftReport", live: "list[LiveRate]") -> None:
    _show_columns(console, report)
    if report.outside is not None:
        console.print(
            f"All features together: {report.outside.day} is the first day that is told from the"
            f" test set (separability {report.outside.separability:.2f}, alarm above"
            f" {report.outside.limit:.2f})."
        )
    heavy = report.heavy_caller
    if heavy is not None:
        console.print(
            f"One caller dominates since {heavy.day}: about {heavy.dominance:.0%} of the segments,"
            f" {heavy.usual:.0%} before (alarm above {heavy.limit:.0%})."
        )
    _show_error_rates(console, report.error_rates)
    if live:
        _show_live_rates(console, live)


def _show_columns(console: Console, report: "DriftReport") -> None:
    told = f"{report.segments:,} segments of {report.model_version} in {len(report.days)} days"
    if not report.drifted:
        console.print(f"{told}: {'no feature' if report.has_alarm else 'nothing'} has changed.")
        return
    table = Table(title=f"{told}: changed against the test set", title_justify="left")
    for name in (
        "what",
        "since",
        "seen on",
        "changed",
        "score (alarm above)",
        "segments",
        "most in",
    ):
        table.add_column(name)
    for one in report.drifted:
        table.add_row(
            f"{one.meaning} ({one.column})",
            f"{one.since}",
            f"{one.seen}",
            f"{one.distance:.0%}",
            f"{one.score:.1f} ({one.threshold:.1f})",
            f"{one.segments:,}",
            ", ".join(f"{part.name} ({part.distance:.0%})" for part in one.slices),
        )
    console.print(table)


def _show_error_rates(console: Console, rates: "TrafficErrorRates") -> None:
    told = f"Word error rate: {rates.test_set:.1%} on the test set"
    if rates.week is None:
        console.print(f"{told}; the last week has too little speech for an estimate.")
        return
    week = rates.week
    console.print(
        f"{told}; estimated for the last week: {week.rate:.1%} (95 %: {week.low:.1%} to"
        f" {week.high:.1%}), {week.shift:.0%} outside the test set."
    )
    day, worst = max(rates.days, key=lambda one: one[1].rate, default=(None, week))
    if day is not None:
        console.print(
            f"The worst day: {day}, {worst.rate:.1%} ({worst.low:.1%} to {worst.high:.1%})."
        )


def _show_live_rates(console: Console, rates: "list[LiveRate]") -> None:
    table = Table(title="Word error rate of corrected transcripts", title_justify="left")
    for name in ("model", "slice", "corrections", "words", "error rate", "95 %"):
        table.add_column(name)
    for one in rates:
        table.add_row(
            one.model_version,
            one.slice,
            f"{one.corrections:,}",
            f"{one.words:,}",
            f"{one.rate:.1%}",
            f"{one.low:.1%} to {one.high:.1%}",
        )
    console.print(table)
