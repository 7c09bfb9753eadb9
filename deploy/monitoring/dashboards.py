"""``python deploy/monitoring/dashboards.py``: write Grafana's dashboards beside this file."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from grafana_foundation_sdk.builders.common import VizLegendOptions
from grafana_foundation_sdk.builders.dashboard import Dashboard, DatasourceVariable
from grafana_foundation_sdk.builders.prometheus import Dataquery
from grafana_foundation_sdk.builders.timeseries import Panel
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.models.dashboard import DataSourceRef

FOLDER: Final = Path(__file__).parent / "dashboards"
_SOURCE: Final = DataSourceRef(type_val="prometheus", uid="${source}")
_RECORDINGS: Final = 'endpoint=~"/transcribe|/v1/audio/transcriptions"'


@dataclass(frozen=True)
class Graph:
    """One panel: what it shows, in which unit, and its lines (query, and name by labels)."""

    title: str
    unit: str
    lines: Sequence[tuple[str, str]]


def quantiles(histogram: str, selector: str = "") -> tuple[tuple[str, str], ...]:
    """Lines of p50, p95 and p99."""
    rate = f"sum by (le) (rate({histogram}_bucket{{{selector}}}[$__rate_interval]))"
    return tuple(
        (f"histogram_quantile({share}, {rate})", f"p{round(share * 100)}")
        for share in (0.5, 0.95, 0.99)
    )


def rate(counter: str, by: str = "", selector: str = "") -> tuple[tuple[str, str], ...]:
    """A line for each value of the label ``by``: how fast it counts."""
    grouped = f"sum by ({by}) " if by else "sum"
    return ((f"{grouped}(rate({counter}{{{selector}}}[$__rate_interval]))", _named(by)),)


def gauge(name: str, by: str, how: str = "sum") -> tuple[tuple[str, str], ...]:
    """A line for each value of the label ``by``."""
    return ((f"{how} by ({by}) ({name})", _named(by)),)


def _named(by: str) -> str:
    return f"{{{{{by}}}}}" if by else "all"


DASHBOARDS: Final = {
    "service": (
        Graph("Requests", "reqps", rate("asr_requests_total", "endpoint")),
        Graph("Answers by status", "reqps", rate("asr_requests_total", "status")),
        Graph(
            "Time of a recording", "s", quantiles("asr_request_duration_seconds", _RECORDINGS)
        ),
        Graph("Time to the first byte", "s", quantiles("asr_first_result_seconds", _RECORDINGS)),
        Graph("p95 by stage", "s", (
            ("histogram_quantile(0.95, sum by (le, stage)"
             " (rate(asr_stage_duration_seconds_bucket[$__rate_interval])))", "{{stage}}"),
        )),
        Graph("Recordings not yet transcribed", "short", gauge("asr_queue_depth", "instance")),
        Graph("Recordings read together", "short", quantiles("asr_batch_size")),
        Graph("Refused", "reqps", rate("asr_refused_total", "reason")),
        Graph("Under way", "short", gauge("asr_active_connections", "kind")),
        Graph("Audio transcribed per second", "s", rate("asr_audio_seconds_total", "language")),
        Graph("Processing over duration", "percentunit", quantiles("asr_real_time_factor")),
        Graph("Result cache", "reqps", rate("asr_cache_requests_total", "outcome")),
        Graph("Memory", "bytes", gauge("asr_memory_bytes", "instance")),
        Graph("GPU memory", "percentunit", (
            ("DCGM_FI_DEV_FB_USED / (DCGM_FI_DEV_FB_USED + DCGM_FI_DEV_FB_FREE)",
             "{{instance}} {{gpu}}"),
        )),
    ),
    "streams": (
        Graph("Sockets", "short", (
            ('sum by (instance) (asr_active_connections{kind="socket"})', "{{instance}}"),
        )),
        Graph(
            "First words after the first sound", "s", quantiles("asr_stream_first_partial_seconds")
        ),
        Graph("Final after the last sound", "s", quantiles("asr_stream_final_seconds")),
        Graph("Speech that nothing has read", "s", quantiles("asr_stream_lag_seconds")),
        Graph("Flicker: changed of shown words", "percentunit", (
            ("sum(rate(asr_stream_words_changed_total[$__rate_interval]))"
             " / sum(rate(asr_stream_words_shown_total[$__rate_interval]))", "all"),
        )),
        Graph("Partials left out", "ops", rate("asr_stream_partials_skipped_total", "instance")),
        Graph("Sessions that came back", "ops", rate("asr_stream_resumed_total", "instance")),
    ),
    "jobs": (
        Graph("Recordings of jobs", "short", gauge("asr_job_recordings", "state", "max")),
        Graph("Results", "ops", rate("asr_job_results_total", "outcome")),
        Graph("Webhooks", "ops", rate("asr_job_webhooks_total", "outcome")),
        Graph("Since its last success", "s", (
            ("time() - asr_background_last_success_seconds", "{{work}} {{instance}}"),
        )),
        Graph("Restarts of background work", "ops", rate("asr_background_restarts_total", "work")),
    ),
    "models": (
        Graph("Word error rate of corrected transcripts", "percentunit",
              gauge("asr_wer_score", "language", "avg")),
        Graph("Word error rate since ever", "percentunit", (
            ("sum by (language) (asr_feedback_errors_total)"
             " / sum by (language) (asr_feedback_words_total)", "{{language}}"),
        )),
        Graph("Versions taken and refused", "short", (
            ("sum by (outcome) (increase(asr_model_swaps_total[1h]))", "{{outcome}}"),
        )),
        Graph("Models in memory", "short", gauge("asr_models_loaded", "instance")),
        Graph("Share of audio by language", "percentunit", (
            ("sum by (language) (rate(asr_audio_seconds_total[1h]))"
             " / ignoring(language) group_left sum(rate(asr_audio_seconds_total[1h]))",
             "{{language}}"),
        )),
        Graph("Segments for the traffic log", "ops", rate("asr_traffic_rows_total", "outcome")),
    ),
    "canary": (
        Graph("Recordings read by each", "reqps", rate("asr_canary_requests_total", "arm")),
        Graph("Failed on the canary; production read them", "reqps",
              rate("asr_canary_faults_total", "instance")),
        Graph("Evidence that it is worse (ln of the e-value)", "none",
              gauge('asr_canary_log_evidence{shown="worse"}', "measure", "max")),
        Graph("Evidence that it is within its margins (ln of the e-value)", "none",
              gauge('asr_canary_log_evidence{shown="within"}', "measure", "max")),
        Graph("Canary less production, by measure", "percentunit", (
            ('max by (measure) (asr_canary_rate{arm="canary"})'
             ' - max by (measure) (asr_canary_rate{arm="production"})', "{{measure}}"),
        )),
        Graph("Decided", "short", gauge("asr_canary_decision", "decision", "max")),
        Graph("Copies for a shadow", "reqps", rate("asr_canary_shadowed_total", "outcome")),
    ),
    "drift": (
        Graph("Features that changed", "short", gauge("asr_drift_columns", "model_version", "max")),
        Graph("How much a feature changed", "percentunit",
              gauge("asr_drift_distance", "column", "max")),
        Graph("A classifier tells a day from the test set", "short",
              gauge("asr_drift_outside", "model_version", "max")),
        Graph("One caller dominates", "short",
              gauge("asr_drift_heavy_caller", "model_version", "max")),
        Graph("How far the last week lies from the test set", "percentunit",
              gauge("asr_traffic_shift", "model_version", "max")),
        Graph("Word error rate, estimated for the last week", "percentunit", (
            ("max by (bound) (asr_estimated_wer)", "{{bound}}"),
            ("max by (model_version) (asr_test_set_wer)", "test set, {{model_version}}"),
        )),
        Graph("Word error rate of corrections", "percentunit",
              gauge('asr_corrected_wer{bound="rate"}', "slice", "max")),
        Graph("Segments looked at", "short", gauge("asr_drift_segments", "model_version", "max")),
        Graph("Since traffic was looked at", "s", (
            ("time() - max by (model_version) (asr_drift_checked_timestamp_seconds)",
             "{{model_version}}"),
        )),
    ),
    "objectives": (
        Graph("Requests that fail (99.9 % shall not)", "percentunit", tuple(
            (f"ovoz:unavailable:ratio_rate{window}", window) for window in ("1h", "1d", "3d")
        )),
        Graph("Recordings over a second (99 % shall not)", "percentunit", tuple(
            (f"ovoz:slow:ratio_rate{window}", window) for window in ("1h", "1d", "3d")
        )),
        Graph("Alerts", "short", (
            ('count by (alertname) (ALERTS{alertstate="firing"})', "{{alertname}}"),
        )),
    ),
    "collector": (
        Graph("Updates", "ops", rate("collector_updates_total", "outcome")),
        Graph("Time of an update", "s", quantiles("collector_update_duration_seconds")),
        Graph("Messages", "ops", rate("collector_messages_total", "outcome")),
        Graph("Voice messages by result", "ops", rate("collector_checks_total", "result")),
        Graph("Clips", "short", gauge("collector_clips", "state", "max")),
        Graph("Hours accepted", "h", (("max(collector_accepted_hours)", "hours"),)),
        Graph("People", "short", (("max(collector_participants)", "people"),)),
    ),
}  # fmt: skip
"""Panels by dashboard; two stand side by side."""


def render(name: str) -> str:
    """The JSON of a dashboard."""
    dashboard = (
        Dashboard(f"Ovoz: {name}")
        .uid(f"ovoz-{name}")
        .tags(["ovoz"])
        .refresh("30s")
        .time("now-6h", "now")
        .with_variable(DatasourceVariable("source").label("Prometheus").type("prometheus"))
    )
    for graph in DASHBOARDS[name]:
        dashboard = dashboard.with_panel(_panel(graph))
    return JSONEncoder(indent=2, sort_keys=True).encode(dashboard.build()) + "\n"


def _panel(graph: Graph) -> Panel:
    panel = (
        Panel()
        .title(graph.title)
        .unit(graph.unit)
        .datasource(_SOURCE)
        .legend(VizLegendOptions().show_legend(True))
        .span(12)
        .height(8)
    )
    for place, (query, legend) in enumerate(graph.lines):
        panel = panel.with_target(
            Dataquery().expr(query).legend_format(legend).ref_id(chr(ord("A") + place))
        )
    return panel


if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    for each in DASHBOARDS:
        (FOLDER / f"{each}.json").write_text(render(each), "utf-8")
