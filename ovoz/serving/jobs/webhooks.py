"""Telling callers that a job is over: tried again, and remembered over restarts.

Each receiver has a lane of its own, so that one that hangs delays nobody else. A receiver may be
told twice (its answer may be lost on the way): the job's id tells.
"""

import asyncio
import logging
import time
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Final

from sqlalchemy import or_, select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import selectinload

from ovoz.serving.job_settings import WebhookSettings
from ovoz.serving.jobs.database import Database
from ovoz.serving.jobs.delivery import Courier, Letter, Reception, Try, pause_s
from ovoz.serving.jobs.resolver import Resolver
from ovoz.serving.jobs.schemas import JobAnswer
from ovoz.serving.jobs.tables import JobRow, RecordingRow, WebhookState
from ovoz.serving.supervision import is_cancelled
from ovoz.serving.telemetry import metrics

_PER_RECEIVER: Final = 2
_PER_CALLER: Final = 16
_AT_ONCE: Final = 64
_LOG: Final = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Due:
    letter: Letter
    receiver: str
    attempts: int


@dataclass(slots=True)
class _Lanes:
    """What is under way, by receiver and by caller."""

    receivers: Counter[str] = field(default_factory=Counter)
    callers: Counter[str] = field(default_factory=Counter)

    @property
    def busy(self) -> set[str]:
        """Receivers that are sent enough just now."""
        return {name for name, count in self.receivers.items() if count >= _PER_RECEIVER}

    @property
    def busy_callers(self) -> set[str]:
        """Callers who have many receivers, all of them slow."""
        return {name for name, count in self.callers.items() if count >= _PER_CALLER}

    def count(self, due: _Due, change: int) -> None:
        """One more, or one less."""
        for counter, name in ((self.receivers, due.receiver), (self.callers, due.letter.caller)):
            counter[name] += change
            if not counter[name]:
                del counter[name]


class Webhooks:
    """Sends what is due; what it is about to send is in the database before it is sent.

    Args:
        database: where jobs are kept.
        settings: of webhooks.
        resolver: knows the addresses of receivers.
        look_s: how often it looks for what is due.
    """

    def __init__(
        self, database: Database, settings: WebhookSettings, resolver: Resolver, look_s: float
    ) -> None:
        self._database = database
        self._settings = settings
        self._look_s = look_s
        self._courier = Courier(settings, resolver)
        self._lanes = _Lanes()
        self._sending: set[asyncio.Task[None]] = set()
        self._finish = asyncio.Event()
        self._freed = asyncio.Event()

    async def run(self) -> None:
        """Send until :meth:`stop`; what is being sent is then waited for."""
        while not self._finish.is_set():
            self._freed.clear()
            try:
                while await self.send_due():
                    pass
            except SQLAlchemyError:  # it comes back; the sweeper tells of it
                pass
            except (Exception, asyncio.CancelledError):
                if is_cancelled():
                    raise
                _LOG.exception("webhooks that are due were not looked for")
            with suppress(TimeoutError):
                await asyncio.wait_for(self._freed.wait(), self._look_s)
        if self._sending:
            await asyncio.wait(self._sending)

    def stop(self) -> None:
        """Send nothing more."""
        self._finish.set()
        self._freed.set()

    async def close(self) -> None:
        """Close the connections."""
        for task in self._sending:
            task.cancel()
        await self._courier.close()

    async def send_due(self) -> int:
        """Begin to send what is due and has room in its lane; how many."""
        due = await self._database.call(self._take_due)
        for one in due:
            self._lanes.count(one, 1)
            task = asyncio.create_task(self._deliver(one), name="ovoz-webhook")
            self._sending.add(task)
            task.add_done_callback(self._sending.discard)
        return len(due)

    def _take_due(self) -> Sequence[_Due]:
        """Jobs to tell of, taken so that no other process tells of them before a try is over."""
        room = _AT_ONCE - len(self._sending)
        taken: list[_Due] = []
        if room <= 0:
            return taken
        lanes = _Lanes(self._lanes.receivers.copy(), self._lanes.callers.copy())
        with self._database.writing() as session:
            now = time.time()
            receiver = JobRow.webhook_receiver
            for job in session.scalars(
                select(JobRow)
                .where(JobRow.webhook_state == WebhookState.PENDING, JobRow.webhook_next_at <= now)
                .where(or_(receiver.is_(None), receiver.not_in(lanes.busy)))
                .where(JobRow.caller.not_in(lanes.busy_callers))
                .order_by(JobRow.webhook_next_at)
                .limit(room)
                .with_for_update(skip_locked=True)
                .options(selectinload(JobRow.recordings).selectinload(RecordingRow.result))
            ):
                due = _due(job)
                if due.receiver in lanes.busy or job.caller in lanes.busy_callers:
                    continue
                lanes.count(due, 1)
                taken.append(due)
                job.webhook_attempts = due.attempts
                wait_s = pause_s(due.attempts, self._settings.backoff_s)
                job.webhook_next_at = now + wait_s + self._settings.timeout_s
        return taken

    async def _deliver(self, due: _Due) -> None:
        try:
            tried = await self._courier.send(due.letter)
            delivered = tried.reception is Reception.DELIVERED
            metrics.WEBHOOKS.labels("delivered" if delivered else "failed").inc()
            await self._database.call(self._note, due, tried)
        except SQLAlchemyError as error:
            # It is due again at the time that was written when it was taken.
            _LOG.warning("what came of a webhook was not written: %s", type(error).__name__)
        finally:
            self._lanes.count(due, -1)
            self._freed.set()

    def _note(self, due: _Due, tried: Try) -> None:
        with self._database.writing() as session:
            job = session.get(JobRow, due.letter.job_id, with_for_update=True)
            if job is None or job.webhook_state is not WebhookState.PENDING:
                return
            job.webhook_outcome = tried.outcome
            if tried.reception is Reception.DELIVERED:
                job.webhook_state = WebhookState.DELIVERED
            elif tried.reception is Reception.REFUSED or due.attempts >= self._settings.tries:
                job.webhook_state = WebhookState.GIVEN_UP
                _LOG.warning("the webhook of job %s is given up: %s", job.id, tried.outcome)
            else:
                wait_s = pause_s(due.attempts, self._settings.backoff_s)
                job.webhook_next_at = time.time() + max(wait_s, tried.retry_after_s)


def _due(job: JobRow) -> _Due:
    url = job.webhook_url or ""
    letter = Letter(job.id, job.caller, url, JobAnswer.of(job).model_dump_json())
    return _Due(letter, job.webhook_receiver or url, job.webhook_attempts + 1)
