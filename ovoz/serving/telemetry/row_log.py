"""A log of rows: Parquet files by hour, written behind the requests.

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
from typing import TYPE_CHECKING, Final, Generic, TypeVar

from prometheus_client import Counter

from ovoz.audio.signal import Seconds

if TYPE_CHECKING:
    from ovoz.monitoring.hour_files import HourFiles

Row = TypeVar("Row")

_CLOSE_S: Final = 10.0
_DAY: Final = re.compile(r"date=(\d{4}-\d{2}-\d{2})")
_LOG: Final = logging.getLogger(__name__)


class RowLog(Generic[Row]):
    """Rows, queued by requests and written by a thread.

    The thread starts with the first row, so a process may fork before. While the folder cannot be
    written to, rows wait, the service goes on, and rows that do not fit into the queue are counted
    and reported as lost.

    Args:
        name: What the log calls itself, such as ``traffic log``.
        folder: Where the files go; it is created.
        files: The files in it.
        counter: Counts rows by outcome, ``written`` and ``lost``.
        flush_s: Seconds after which a row is written; a killed process loses no more.
        keep_days: Older days are deleted.
        max_waiting: Rows that may wait.
    """

    def __init__(
        self,
        name: str,
        folder: Path,
        files: "HourFiles[Row]",
        counter: Counter,
        *,
        flush_s: Seconds,
        keep_days: int,
        max_waiting: int,
    ) -> None:
        self._name = name
        self._folder = folder
        self._files = files
        self._counter = counter
        self._flush_s = flush_s
        self._keep_days = keep_days
        self._waiting: deque[Row] = deque()
        self._max_waiting = max_waiting
        self._lost = 0
        self._changed = threading.Condition()
        self._is_closing = False
        self._fault = ""
        self._thread: threading.Thread | None = None

    def put(self, row: Row) -> None:
        """Queue one row; returns at once and raises nothing."""
        with self._changed:
            if len(self._waiting) >= self._max_waiting:
                self._lost += 1
                self._counter.labels("lost").inc()
                return
            self._waiting.append(row)
            if self._thread is None:
                name = f"ovoz-{self._name.replace(' ', '-')}"
                self._thread = threading.Thread(target=self._run, name=name, daemon=True)
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
        self._counter.labels("written").inc(written)
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
                _LOG.error("the %s ends with %d rows unwritten", self._name, len(self._waiting))

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
                _LOG.exception("the %s could not be written", self._name)
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
                "the %s cannot be written (%s): %d rows wait, up to %d will; the service goes on",
                self._name, fault, waiting, self._max_waiting,
            )  # fmt: skip
        elif not fault and (self._fault or lost):
            _LOG.warning("the %s is written again; %d rows were lost", self._name, lost)
        self._fault = fault


def delete_old_days(folder: Path, before: dt.date) -> None:
    """Delete the days of a log that lie before a date; other files stay."""
    for day in folder.glob("date=*"):
        named = _DAY.fullmatch(day.name)
        if named is None:
            continue
        with suppress(ValueError):
            if dt.date.fromisoformat(named[1]) < before:
                shutil.rmtree(day, ignore_errors=True)
                _LOG.info("what was logged on %s is deleted", named[1])
