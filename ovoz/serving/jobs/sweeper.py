"""What has to be looked after again and again: silent workers, expired results, old audio."""

import asyncio
import logging
from contextlib import suppress
from typing import Final, Protocol

from sqlalchemy.exc import SQLAlchemyError

from ovoz.serving.job_settings import JobsSettings
from ovoz.serving.jobs.announcements import Announcements
from ovoz.serving.jobs.broker import Deliveries
from ovoz.serving.jobs.claims import Claims, Outcome
from ovoz.serving.jobs.database import Database
from ovoz.serving.jobs.spool import Spool
from ovoz.serving.jobs.store import JobStore
from ovoz.serving.jobs.worker import Worker
from ovoz.serving.problems import ProblemError
from ovoz.serving.supervision import Heartbeat
from ovoz.serving.telemetry import metrics

_ORPHANED_S: Final = 3600.0
"""A folder that no job is known for belongs to an upload, until it is so old."""
_DOUBT_S: Final = 30.0
_TIDY_S: Final = 600.0
_LATE_S: Final = 60.0
_LOG: Final = logging.getLogger(__name__)


class Parts(Protocol):
    """What is looked after."""

    database: Database
    store: JobStore
    spool: Spool
    worker: Worker
    deliveries: Deliveries
    announcements: Announcements
    lost: asyncio.Event


class Sweeper:
    """Looks after jobs; several processes may do it at once."""

    def __init__(self, parts: Parts, claims: Claims, settings: JobsSettings) -> None:
        self._parts = parts
        self._claims = claims
        self._settings = settings
        self._finish = asyncio.Event()
        self.heartbeat = Heartbeat("jobs-sweeper")
        self._soon = asyncio.Event()
        self._tidied_s = -_TIDY_S
        self._why = ""

    async def run(self) -> None:
        """Sweep until :meth:`stop`."""
        while not self._finish.is_set():
            try:
                await self.sweep()
                self._note("")
            except (SQLAlchemyError, TimeoutError) as error:  # it comes back
                self._note(type(error).__name__)
            except Exception:
                _LOG.exception("jobs were not looked after")
            with suppress(TimeoutError):
                await asyncio.wait_for(self._soon.wait(), self._settings.sweep_s)

    def sweep_soon(self) -> None:
        """Sweep now: there is something new."""
        self._soon.set()

    @property
    def is_late(self) -> bool:
        """Whether nothing has been looked after for much longer than it should take."""
        return self.heartbeat.age_s > _LATE_S + 3 * self._settings.sweep_s

    def stop(self) -> None:
        """End after what is being done."""
        self._finish.set()
        self._soon.set()

    def _note(self, why: str) -> None:
        """One line for each change, not for each time."""
        if why != self._why:
            if why:
                _LOG.warning("jobs are not looked after: %s", why)
            else:
                _LOG.info("jobs are looked after again")
        self._why = why

    async def sweep(self) -> None:
        """Once: give recordings of silent workers to others, delete what is over."""
        self._soon.clear()
        call, parts = self._claims.call, self._parts
        if not await call(self._belong_together):
            _LOG.error("the folder or the database of jobs is another now; both are opened again")
            parts.lost.set()
            return
        await call(self.release_expired)
        for state, count in (await call(parts.announcements.waiting)).items():
            metrics.JOB_RECORDINGS.labels(state.value).set(count)
        await call(parts.store.forget_expired)
        now = asyncio.get_running_loop().time()
        if now - self._tidied_s >= _TIDY_S or self._settings.keep_s < _TIDY_S:
            self._tidied_s = now
            await call(self.tidy)
        await call(self.drop_refused)
        await parts.deliveries.announce_waiting()
        self.heartbeat.beat()

    def _belong_together(self) -> bool:
        """Whether folder and database are still there, and are those that were opened."""
        spool = self._parts.spool
        return spool.is_there() and self._parts.database.is_still(spool.name)

    def drop_refused(self) -> None:
        """Delete audio of uploads whose job was not written, now that the database can say so."""
        wanted = self._parts.store.wanted_positions
        self._parts.spool.resolve_doubts(lambda job_id: wanted(job_id) is not None, _DOUBT_S)

    def release_expired(self) -> None:
        """Queue recordings of silent workers again; give up those that too many died on."""
        for recording_id, lease, attempts in self._claims.expired():
            if attempts < self._settings.attempts:
                self._claims.release(recording_id, lease)
                continue
            claim = self._claims.take_over(recording_id, lease)
            if claim is not None:
                told = f"the service ended {attempts} times while it worked on this recording"
                error = ProblemError(500, "recording-given-up", told)
                outcome = Outcome(problem=error.problem.model_dump_json())
                self._parts.worker.finish(claim, outcome)

    def tidy(self) -> None:
        """Delete audio that nobody waits for; a process may have died before it could."""
        for job_id in self._parts.spool.jobs(older_than_s=self._settings.lease_s):
            wanted = self._parts.store.wanted_positions(job_id)
            if wanted is None:
                continue
            for position in self._parts.spool.positions(job_id):
                if position not in wanted:
                    self._parts.spool.remove(job_id, position)
        for job_id in self._parts.spool.jobs(older_than_s=_ORPHANED_S):
            if self._parts.store.wanted_positions(job_id) is None:
                self._parts.spool.remove_job(job_id)
