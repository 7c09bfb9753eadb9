"""The traffic log: Parquet files of features by hour, written behind the requests.

``DIR/date=2026-11-27/hour=07/PROCESS-0.parquet``; every file appears complete or not at all.
"""

import datetime as dt
import logging
import re
import shutil
import threading
from collections import deque
from contextlib import suppress
from pathlib import Path
from typing import Final

from ovoz.audio.signal import Seconds
from ovoz.monitoring.traffic import TrafficRow, Way, describe_segment
from ovoz.serving.recognition import Recognition
from ovoz.serving.telemetry import metrics

_CLOSE_S: Final = 10.0
_DAY: Final = re.compile(r"date=(\d{4}-\d{2}-\d{2})")
_LOG: Final = logging.getLogger(__name__)


class TrafficLog:
    """Features of segments, queued by requests and written by a thread.

    The thread starts with the first segment, so a process that forks before is no matter. Where
    the folder cannot be written, segments wait for it, the service goes on, and what finds no
    place in the queue is counted and reported.

    Args:
        folder: Where the files go; it is created.
        flush_s: Seconds after which a segment is written; a killed process loses no more.
        keep_days: Older days are deleted.
        max_waiting: Segments that may wait.
    """

    def __init__(self, folder: Path, *, flush_s: Seconds, keep_days: int, max_waiting: int) -> None:
        # It loads pyarrow, which a service without a log needs not.
        from ovoz.monitoring.hour_files import HourFiles

        self._folder = folder
        self._flush_s = flush_s
        self._keep_days = keep_days
        self._waiting: deque[TrafficRow] = deque()
        self._max_waiting = max_waiting
        self._lost = 0
        self._changed = threading.Condition()
        self._is_closing = False
        self._fault = ""
        self._thread: threading.Thread | None = None
        self._files = HourFiles(folder)

    def add(self, recognition: Recognition, way: Way) -> None:
        """Queue one segment; returns at once and raises nothing.

        Recognitions without measures, such as those from the cache, are left out.
        """
        if recognition.measures is None:
            return
        row = describe_segment(
            recognition.transcript, recognition.measures, way, recognition.processing_ms
        )
        with self._changed:
            if len(self._waiting) >= self._max_waiting:
                self._lost += 1
                metrics.TRAFFIC_ROWS.labels("lost").inc()
                return
            self._waiting.append(row)
            if self._thread is None:
                self._thread = threading.Thread(
                    target=self._run, name="ovoz-traffic-log", daemon=True
                )
                self._thread.start()

    def flush(self) -> bool:
        """Write what waits; whether all of it is written now."""
        with self._changed:
            rows = list(self._waiting)
        if not rows:
            return True
        written, fault = self._files.append(rows)
        with self._changed:
            # Rows are only added meanwhile, and behind these.
            for _ in range(written):
                self._waiting.popleft()
        metrics.TRAFFIC_ROWS.labels("written").inc(written)
        self._report(fault)
        return not fault

    def close(self) -> None:
        """Write what waits, for a limited time, and end the thread."""
        with self._changed:
            self._is_closing = True
            self._changed.notify_all()
            thread = self._thread
        if thread is not None:
            thread.join(_CLOSE_S)
            if self._waiting:
                _LOG.error("the traffic log ends with %d segments unwritten", len(self._waiting))

    def _run(self) -> None:
        deleted_on: dt.date | None = None
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._is_closing, self._flush_s)
                is_closing = self._is_closing
            try:
                self.flush()
                if deleted_on != (today := dt.datetime.now(dt.UTC).date()):
                    delete_old_days(self._folder, today - dt.timedelta(self._keep_days))
                    deleted_on = today
            except Exception:  # the log must not end with the first surprise
                _LOG.exception("the traffic log could not be written")
            if is_closing:
                return

    def _report(self, fault: str) -> None:
        """One line for each change, not for each try."""
        with self._changed:
            waiting, lost = len(self._waiting), self._lost
            if not fault:
                self._lost = 0
        if fault and fault != self._fault:
            _LOG.error(
                "the traffic log cannot be written (%s): %d segments wait, up to %d will; the"
                " service goes on", fault, waiting, self._max_waiting,
            )  # fmt: skip
        elif not fault and (self._fault or lost):
            _LOG.warning("the traffic log is written again; %d segments were lost", lost)
        self._fault = fault


def delete_old_days(folder: Path, before: dt.date) -> None:
    """Delete the days of a traffic log that lie before a date; other files stay."""
    for day in folder.glob("date=*"):
        named = _DAY.fullmatch(day.name)
        if named is None:
            continue
        with suppress(ValueError):
            if dt.date.fromisoformat(named[1]) < before:
                shutil.rmtree(day, ignore_errors=True)
                _LOG.info("the traffic log of %s is deleted", named[1])
