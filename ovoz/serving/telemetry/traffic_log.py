"""The traffic log and the log of corrections."""

import datetime as dt
from pathlib import Path
from typing import Final

from ovoz.audio.signal import Seconds
from ovoz.monitoring.corrections import CorrectionRow
from ovoz.monitoring.traffic import TrafficRow, Way, describe_segment
from ovoz.serving.recognition import Recognition
from ovoz.serving.telemetry import metrics
from ovoz.serving.telemetry.row_log import RowLog

_CORRECTIONS_FLUSH_S: Final = 5.0
_MAX_CORRECTIONS: Final = 10_000


class TrafficLog(RowLog[TrafficRow]):
    """Features of segments; arguments are those of :class:`RowLog`."""

    def __init__(self, folder: Path, *, flush_s: Seconds, keep_days: int, max_waiting: int) -> None:
        # They load pyarrow, which a service without a log does not need.
        from ovoz.monitoring.caller_buckets import CallerBuckets
        from ovoz.monitoring.hour_files import TRAFFIC, HourFiles

        super().__init__(
            "traffic log",
            folder,
            HourFiles(folder, TRAFFIC),
            metrics.TRAFFIC_ROWS,
            flush_s=flush_s,
            keep_days=keep_days,
            max_waiting=max_waiting,
        )
        self._buckets = CallerBuckets()

    def add(self, recognition: Recognition, way: Way, caller: str) -> None:
        """Queue one segment of a caller; returns at once and raises nothing.

        Recognitions without measures, such as those from the cache, are left out.
        """
        if recognition.measures is None:
            return
        bucket = self._buckets.bucket(caller, dt.datetime.now(dt.UTC).date())
        told = recognition.transcript, recognition.measures, way, recognition.processing_ms
        self.put(describe_segment(*told, bucket))


def open_corrections(folder: Path, keep_days: int) -> RowLog[CorrectionRow]:
    """The log of corrections."""
    from ovoz.monitoring.hour_files import CORRECTIONS, HourFiles

    return RowLog(
        "log of corrections",
        folder,
        HourFiles(folder, CORRECTIONS),
        metrics.CORRECTION_ROWS,
        flush_s=_CORRECTIONS_FLUSH_S,
        keep_days=keep_days,
        max_waiting=_MAX_CORRECTIONS,
    )
