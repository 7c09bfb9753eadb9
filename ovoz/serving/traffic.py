"""The traffic log of the settings."""

from ovoz.serving.telemetry.traffic_log import TrafficLog
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
