"""Jobs in a running process: what is opened, what goes on in the background, how it ends."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from typing import Final, Protocol, TypeVar

from sqlalchemy.exc import SQLAlchemyError

from ovoz.serving.feedback.transcripts import Transcripts
from ovoz.serving.inference.diarization import Diarization
from ovoz.serving.inference.model import Model
from ovoz.serving.jobs.announcements import Announcements
from ovoz.serving.jobs.broker import Deliveries, configured_broker
from ovoz.serving.jobs.claims import Claims
from ovoz.serving.jobs.database import Database, open_database
from ovoz.serving.jobs.recording import Limits
from ovoz.serving.jobs.resolver import Resolver
from ovoz.serving.jobs.schema import FolderError
from ovoz.serving.jobs.spool import Spool
from ovoz.serving.jobs.store import JobStore
from ovoz.serving.jobs.sweeper import Sweeper
from ovoz.serving.jobs.webhooks import Webhooks
from ovoz.serving.jobs.worker import Worker
from ovoz.serving.neighbours import Probe
from ovoz.serving.problems import ProblemError
from ovoz.serving.settings import ServiceSettings
from ovoz.serving.supervision import Supervised
from ovoz.serving.traffic import configured_traffic_log

_GRACE_S: Final = 20.0
"""For so long the end of the process waits for what is worked on to reach a place to stop at."""
_RETRY_S: Final = 3.0
_PATIENCE_S: Final = 2.0
_PRIVATE: Final = 0o700
_LOG: Final = logging.getLogger(__name__)


class Jobs:
    """Everything that jobs need, opened.

    Raises:
        OSError: the folder cannot be written to.
        SQLAlchemyError: the database does not answer.
    """

    def __init__(
        self,
        settings: ServiceSettings,
        model: Callable[[], Model | None],
        transcripts: Transcripts | None,
        diarization: Diarization | None = None,
    ) -> None:
        assert settings.jobs.dir is not None  # noqa: S101  (there are no jobs without)
        folder = settings.jobs.dir.resolve()
        folder.mkdir(parents=True, exist_ok=True, mode=_PRIVATE)
        self.database: Database = open_database(settings.jobs, folder)
        try:
            self.spool = Spool(self.database.prepare(folder))
        except BaseException:
            self.database.close()
            raise
        self.traffic = configured_traffic_log(settings.traffic)
        self.store = JobStore(self.database, keep_s=settings.jobs.keep_s)
        claims = Claims(self.database, lease_s=settings.jobs.lease_s, keep_s=settings.jobs.keep_s)
        self.worker = Worker(
            claims,
            self.spool,
            model,
            Limits(
                settings.limits.max_duration_s,
                settings.jobs.max_duration_s,
                settings.limits.max_lost_share,
            ),
            lease_s=settings.jobs.lease_s,
            threads=settings.jobs.workers,
            transcripts=transcripts,
            traffic=self.traffic,
            diarization=diarization,
        )
        broker = configured_broker(settings.jobs)
        self.announcements = Announcements(self.database)
        self.deliveries = Deliveries(
            broker,
            self.announcements,
            self.worker.work,
            settings.jobs.workers,
            settings.jobs.queue,
        )
        self.resolver = Resolver()
        self.webhooks = Webhooks(
            self.database, settings.webhooks, self.resolver, settings.jobs.sweep_s
        )
        self.lost = asyncio.Event()
        self.sweeper = Sweeper(self, claims, settings.jobs)
        self.probe = Probe(lambda: self.database.call(self.database.is_writable))
        self.stopped = asyncio.Event()

    async def stop(self, tasks: list["asyncio.Task[None]"]) -> None:
        """Give back what is worked on, and close what was opened."""
        self.stopped.set()
        self.worker.close()
        self.deliveries.stop()
        self.sweeper.stop()
        self.webhooks.stop()
        _, late = await asyncio.wait(tasks, timeout=_GRACE_S)
        for task in late:
            task.cancel()
        await asyncio.gather(*late, return_exceptions=True)
        await self.webhooks.close()
        self.resolver.close()
        if self.traffic is not None:
            await asyncio.to_thread(self.traffic.close)
        await asyncio.to_thread(self.database.close)


class OpenJobs:
    """The jobs of a service; ``current`` is None where there are none, ``why`` tells the reason."""

    def __init__(self) -> None:
        self.current: Jobs | None = None
        self.why = ""

    def use(self, jobs: Jobs | None, why: str) -> None:
        """For :func:`kept_running`."""
        self.current, self.why = jobs, why

    def required(self) -> Jobs:
        """The jobs.

        Raises:
            ProblemError: the database is away.
        """
        if self.current is None:
            raise unavailable()
        return self.current


def unavailable() -> ProblemError:
    """What a caller is told while the database is away."""
    told = "jobs cannot be reached just now"
    return ProblemError(503, "jobs-unavailable", told, {"Retry-After": "10"})


@asynccontextmanager
async def running(
    settings: ServiceSettings,
    model: Callable[[], Model | None],
    transcripts: Transcripts | None = None,
    diarization: Diarization | None = None,
) -> AsyncIterator[Jobs]:
    """Jobs, worked on for as long as the block lasts.

    Args:
        settings: those with a folder of jobs.
        model: the loaded model; None while there is none.
        transcripts: the memory for feedback; None keeps none.
        diarization: gives words their speakers where a job asks for it.

    Raises:
        OSError: the folder cannot be written to.
        SQLAlchemyError: the database does not answer.
    """
    jobs = await asyncio.to_thread(Jobs, settings, model, transcripts, diarization)
    works = {
        "jobs-deliveries": jobs.deliveries.run,
        "jobs-sweeper": jobs.sweeper.run,
        "jobs-webhooks": jobs.webhooks.run,
    }
    tasks = [Supervised(name, work, jobs.stopped).start() for name, work in works.items()]
    try:
        yield jobs
    finally:
        await jobs.stop(tasks)


class Losable(Protocol):
    """What :func:`kept_running` runs: ``lost`` is set when it is to be opened again."""

    lost: asyncio.Event


_Kept = TypeVar("_Kept", bound=Losable)


@asynccontextmanager
async def kept_running(
    opening: Callable[[], AbstractAsyncContextManager[_Kept]],
    use: Callable[[_Kept | None, str], None],
) -> AsyncIterator[None]:
    """Jobs for a process that goes on without them while their database or folder is away.

    Args:
        opening: opens them, as :func:`running` does; asked again until it does.
        use: is given them once they are open, and None with the reason while they are not.
    """
    tried, over = asyncio.Event(), asyncio.Event()

    async def keep() -> None:
        told = ""
        while not over.is_set():
            why = "they are being closed"
            try:
                async with opening() as jobs:
                    use(jobs, "")
                    told = ""
                    tried.set()
                    await _either(over, jobs.lost)
            except Exception as error:
                if not (tried.is_set() or isinstance(error, SQLAlchemyError | OSError)):
                    raise
                why = _reason(error)
                if why != told:  # one line for each change, not for each try
                    _LOG.error("jobs are not open: %s", why)
                    told = why
                tried.set()
            finally:
                use(None, why)
            if not over.is_set():
                with suppress(TimeoutError):
                    await asyncio.wait_for(over.wait(), _RETRY_S)

    keeping = asyncio.create_task(keep(), name="ovoz-jobs")
    keeping.add_done_callback(lambda _: tried.set())
    with suppress(TimeoutError):  # a database that hangs does not keep the service from starting
        await asyncio.wait_for(tried.wait(), _PATIENCE_S)
    if keeping.done():
        await keeping  # a fault that waiting does not mend
    try:
        yield
    finally:
        over.set()
        await keeping


async def _either(*events: asyncio.Event) -> None:
    """Wait until one of them is set."""
    waiting = [asyncio.create_task(event.wait()) for event in events]
    try:
        await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in waiting:
            task.cancel()


def _reason(error: Exception) -> str:
    """Why jobs are not open; errors of drivers may quote a password, so their kind is all."""
    return str(error) if isinstance(error, FolderError) else type(error).__name__
