"""The traffic log and the log of corrections, as the settings want them."""

from ovoz.monitoring.corrections import CorrectionRow
from ovoz.serving.store_settings import FeedbackSettings
from ovoz.serving.telemetry.row_log import RowLog
from ovoz.serving.telemetry.traffic_log import TrafficLog, open_corrections
from ovoz.serving.traffic_settings import TrafficSettings


def configured_traffic_log(settings: TrafficSettings) -> TrafficLog | None:
    """The traffic log; None where the settings name no folder."""
    if settings.dir is None:
        return None
    return TrafficLog(
        settings.dir,
        flush_s=settings.flush_s,
        keep_days=settings.keep_days,
        max_waiting=settings.max_waiting,
    )


def configured_corrections(settings: FeedbackSettings) -> RowLog[CorrectionRow] | None:
    """The log of corrections; None where the settings name no folder."""
    if settings.dir is None:
        return None
    return open_corrections(settings.dir, settings.keep_days)
