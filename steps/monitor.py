"""A look at traffic: read the log, find what changed, report it, act by the policy."""

import datetime as dt
import os
from pathlib import Path
from typing import Annotated

from zenml import log_metadata, step
from zenml.types import HTMLString

from ovoz.monitoring.config import MonitoringConfig
from ovoz.monitoring.report import DriftReport
from ovoz.monitoring.traffic_days import TrafficDays
from ovoz.registry.settings import RegistrySettings


@step(enable_cache=False)
def read_traffic(
    config: MonitoringConfig, registry: RegistrySettings
) -> tuple[Annotated[str, "monitored_model"], Annotated[TrafficDays, "traffic"]]:
    """The folder of production's artifact, and the days of what it heard, reduced to counts."""
    from ovoz.monitoring import report
    from ovoz.monitoring.cluster import spread_over
    from ovoz.registry.registry import Registry

    opened = Registry(registry)
    artifact = opened.resolve(opened.policy.production).artifact
    last = config.last_day(dt.datetime.now(dt.UTC).date())
    traffic = config.traffic.resolve()  # workers have another current folder
    with spread_over(config.cluster) as spread:
        days = report.read_traffic(traffic, artifact, last=last, days=config.days, spread=spread)
    return str(artifact), days


@step(enable_cache=False)
def analyse_traffic(
    model: str, traffic: TrafficDays, config: MonitoringConfig
) -> Annotated[DriftReport, "drift"]:
    """What changed against the test set of the model."""
    from ovoz.monitoring.drift import DriftConfig
    from ovoz.monitoring.report import compare_with_model

    wanted = DriftConfig(
        false_alarm_months=config.false_alarm_months, independent_share=config.independent_share
    )
    report = compare_with_model(Path(model), traffic, wanted)
    log_metadata({"segments": report.segments, "changed": [one.column for one in report.drifted]})
    return report


@step(enable_cache=False)
def report_drift(
    model: str, drift: DriftReport, config: MonitoringConfig, registry: RegistrySettings
) -> tuple[Annotated[HTMLString, "page"], Annotated[HTMLString, "distributions"]]:
    """The page in plain words, and Evidently's of the last day, which goes into its workspace."""
    from ovoz.monitoring.evidently_history import EMPTY_DAY, compare_day, keep_report
    from ovoz.monitoring.gauges import write_gauges
    from ovoz.monitoring.live_rate import live_rates, read_corrections
    from ovoz.monitoring.page import render_page
    from ovoz.monitoring.reference import read_reference, recorded_rows
    from ovoz.monitoring.traffic_rows import sample_rows

    live = []
    if config.corrections is not None:
        first, last = drift.days[0], drift.days[-1]
        live = live_rates(read_corrections(config.corrections, first=first, last=last))
    if config.gauges is not None:
        write_gauges(drift, live, config.gauges)
    page = HTMLString(render_page(drift, live))
    day = sample_rows(config.traffic, drift.days[-1], drift.model_version)
    if not day.num_rows:
        return page, HTMLString(EMPTY_DAY)
    snapshot = compare_day(drift, day, recorded_rows(read_reference(Path(model))))
    kept = keep_report(config.evidently, registry.model, snapshot)
    log_metadata({"reports in Evidently's workspace": kept})
    return page, HTMLString(snapshot.get_html_str(as_iframe=False))


@step(enable_cache=False)
def act_by_policy(drift: DriftReport, config: MonitoringConfig) -> Annotated[str, "acted"]:
    """Do what the policy says; fails after all actions were tried where one of them failed."""
    from ovoz.cli.errors import warn
    from ovoz.monitoring.actions.acting import Surroundings, act
    from ovoz.monitoring.actions.policy import load_action_policy
    from ovoz.monitoring.actions.sending import ActionError
    from ovoz.monitoring.telling import tell_outcome, tell_report
    from ovoz.profile import load_profile

    told = tell_report(drift)
    if config.policy is None:
        return told
    around = Surroundings(os.environ, lambda line: warn(line, "drift"), load_profile)
    outcome = act(drift, load_action_policy(config.policy), around, dry_run=config.dry_run)
    lines = tell_outcome(outcome)
    if outcome.has_failed:
        raise ActionError("; ".join(line.strip() for line in lines))
    return "\n".join([told, *lines])
