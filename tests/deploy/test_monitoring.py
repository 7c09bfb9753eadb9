"""Rules, dashboards and routes of alerts: read by their programs, and true to our figures."""

import datetime as dt
import json
import re
from collections.abc import Iterator

import prometheus_client
import pytest
import yaml

import collector.bot.metrics  # noqa: F401  (defines the figures)
import ovoz.serving.telemetry.metrics  # noqa: F401  (defines the figures)
from ovoz.monitoring.error_rate import EstimatedRate
from ovoz.monitoring.gauges import build_gauges
from ovoz.monitoring.live_rate import LiveRate
from ovoz.monitoring.report import DriftedColumn, DriftReport, TrafficErrorRates

from .programs import DEPLOY, ROOT, run, script

MONITORING = DEPLOY / "monitoring"
RULES = sorted((MONITORING / "rules").glob("*.yaml"))
DASHBOARDS = sorted((MONITORING / "dashboards").glob("*.json"))
OURS = re.compile(r"\b(?:asr|collector)_\w+")
FOREIGN = {"DCGM_FI_DEV_FB_USED", "DCGM_FI_DEV_FB_FREE", "ALERTS", "up"}
"""Of NVIDIA's exporter and of Prometheus itself."""
RECORDED = re.compile(r"\bovoz:[\w:]+")


def rules() -> Iterator[dict[str, str]]:
    for file in RULES:
        for group in yaml.safe_load(file.read_text("utf-8"))["groups"]:
            yield from group["rules"]


def queries() -> dict[str, str]:
    """Every query of a rule or a dashboard, by where it is."""
    found = {rule.get("alert") or rule["record"]: rule["expr"] for rule in rules()}
    for file in DASHBOARDS:
        for panel in json.loads(file.read_text("utf-8"))["panels"]:
            for target in panel["targets"]:
                found[f"{file.stem}: {panel['title']}: {target['refId']}"] = target["expr"]
    return found


def drift_gauges() -> prometheus_client.CollectorRegistry:
    """All gauges that a look for drift can write."""
    day = dt.date(2026, 3, 31)
    changed = DriftedColumn("loudness", "rms_dbfs", day, day, (day,), 0.3, 9.0, 4.0, 100, ())
    rates = TrafficErrorRates(0.1, (), EstimatedRate(0.1, 0.1, 0.2, 0.5))
    report = DriftReport("7", 100, (day,), (day,), (changed,), None, rates)
    return build_gauges(report, [LiveRate("7", "all", 9, 90, 0.1, 0.1, 0.2)])


def figures() -> set[str]:
    """Names on `/metrics`, of the service and of the collector, and of `ovoz drift`."""
    text = "".join(
        prometheus_client.generate_latest(registry).decode()
        for registry in (prometheus_client.REGISTRY, drift_gauges())
    )
    declared = re.findall(r"^# TYPE (\S+) (\w+)$", text, re.MULTILINE)
    names = {name for name, _ in declared}
    for name, kind in declared:
        if kind == "histogram":
            names |= {f"{name}_bucket", f"{name}_sum", f"{name}_count"}
    return names


@pytest.mark.parametrize("place", queries())
def test_every_figure_in_a_query_exists(place) -> None:
    query = queries()[place]
    assert set(OURS.findall(query)) <= figures()
    assert OURS.search(query) or RECORDED.search(query) or any(name in query for name in FOREIGN)
    assert set(RECORDED.findall(query)) <= {rule["record"] for rule in rules() if "record" in rule}


def test_every_alert_has_a_severity_and_a_page_in_the_runbook() -> None:
    headings = re.findall(r"^## (\w+)$", (ROOT / "docs/runbooks.md").read_text("utf-8"), re.M)
    alerts = [rule for rule in rules() if "alert" in rule]
    assert {rule["alert"] for rule in alerts} == set(headings)
    for rule in alerts:
        assert rule["labels"]["severity"] in {"page", "ticket"}
        assert rule["annotations"]["runbook"] == f"docs/runbooks.md#{rule['alert'].lower()}"


def test_the_dashboards_are_those_that_the_script_writes() -> None:
    dashboards = script("monitoring/dashboards.py")
    written = {file.stem: file.read_text("utf-8") for file in DASHBOARDS}
    assert written == {name: dashboards.render(name) for name in dashboards.DASHBOARDS}


def test_prometheus_reads_rules_and_queries(tmp_path) -> None:
    run("promtool", "check", "rules", *RULES)
    run("promtool", "check", "config", "--syntax-only", MONITORING / "prometheus.yaml")
    asked = [
        {"record": f"query:{place}", "expr": query.replace("$__rate_interval", "5m")}
        for place, query in enumerate(queries().values())
    ]
    file = tmp_path / "queries.yaml"
    file.write_text(yaml.safe_dump({"groups": [{"name": "all", "rules": asked}]}), "utf-8")
    run("promtool", "check", "rules", file)


def test_alertmanager_reads_its_routes() -> None:
    routes = MONITORING / "alertmanager.yaml"
    run("amtool", "check-config", routes)
    for severity in ("page", "ticket"):
        asked = ("config", "routes", "test", f"--config.file={routes}", f"severity={severity}")
        assert run("amtool", *asked).strip() == severity


@pytest.mark.slow
def test_alerts_fire_when_they_should() -> None:
    run("promtool", "test", "rules", MONITORING / "tests/alerts.yaml")
