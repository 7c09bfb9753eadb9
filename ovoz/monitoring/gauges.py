"""What a look at traffic found, as gauges for Prometheus.

A look is a command that ends, so there is nothing to scrape: the gauges go into a file for the text
collector of node_exporter.
"""

from collections.abc import Sequence
from pathlib import Path

from prometheus_client import CollectorRegistry, Gauge, write_to_textfile

from ovoz.monitoring.live_rate import LiveRate
from ovoz.monitoring.report import DriftReport


def write_gauges(report: DriftReport, live: Sequence[LiveRate], file: Path) -> None:
    """Write the gauges as ``file`` (``*.prom``), complete or not at all.

    Raises:
        OSError: It cannot be written.
    """
    file.parent.mkdir(parents=True, exist_ok=True)
    write_to_textfile(str(file), build_gauges(report, live))


def build_gauges(report: DriftReport, live: Sequence[LiveRate]) -> CollectorRegistry:
    """The gauges of a report and of corrections, in a registry of their own."""
    registry = CollectorRegistry()

    def gauge(name: str, told: str, *labels: str) -> Gauge:
        return Gauge(name, told, ["model_version", *labels], registry=registry)

    version = report.model_version
    checked = gauge("asr_drift_checked_timestamp_seconds", "Unix time of the last look at traffic.")
    checked.labels(version).set_to_current_time()
    segments = gauge("asr_drift_segments", "Segments that were looked at.")
    segments.labels(version).set(report.segments)
    columns = gauge("asr_drift_columns", "Features that changed against the test set.")
    columns.labels(version).set(len(report.drifted))
    distance = gauge("asr_drift_distance", "How much a changed feature changed, 0 to 1.", "column")
    for one in report.drifted:
        distance.labels(version, one.column).set(one.distance)
    outside = gauge("asr_drift_outside", "Whether a classifier tells traffic from the test set.")
    outside.labels(version).set(report.outside is not None)
    heavy = gauge("asr_drift_heavy_caller", "Whether one caller has much more of it than before.")
    heavy.labels(version).set(report.heavy_caller is not None)
    rates = report.error_rates
    tested = gauge("asr_test_set_wer", "Word error rate on the test set, a share.")
    tested.labels(version).set(rates.test_set)
    if rates.week is not None:
        shift = gauge("asr_traffic_shift", "How far traffic lies from the test set, 0 to 1.")
        shift.labels(version).set(rates.week.shift)
        told = "Word error rate of the last seven days, estimated without labels, a share."
        estimated = gauge("asr_estimated_wer", told, "bound")
        for bound in ("rate", "low", "high"):
            estimated.labels(version, bound).set(getattr(rates.week, bound))
    corrected = gauge("asr_corrected_wer", "Word error rate of corrections.", "slice", "bound")
    for rate in live:
        for bound in ("rate", "low", "high"):
            corrected.labels(rate.model_version, rate.slice, bound).set(getattr(rate, bound))
    return registry
