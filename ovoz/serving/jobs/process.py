"""A process that works on jobs and serves nothing."""

import asyncio
import signal
from typing import Final

from ovoz.serving.feedback.transcripts import configured_transcripts
from ovoz.serving.inference.diarization import Diarization
from ovoz.serving.inference.model import Model
from ovoz.serving.jobs.runtime import Jobs, kept_running, running
from ovoz.serving.settings import ServiceSettings

_STOPS: Final = (signal.SIGTERM, signal.SIGINT)


async def work_until_stopped(settings: ServiceSettings, model: Model) -> None:
    """Work on jobs until SIGTERM or SIGINT; what is under way is then given back.

    Args:
        settings: those of the service that accepts the jobs: folder, database and broker.
        model: what recognises.

    Raises:
        ValueError: there is no folder of jobs, or the speaker encoder cannot be loaded.
    """
    if settings.jobs.dir is None:
        raise ValueError("set OVOZ_JOBS_DIR to the folder that the service lays recordings in")
    stopped = asyncio.Event()
    for stop in _STOPS:
        asyncio.get_running_loop().add_signal_handler(stop, stopped.set)
    workers = max(1, settings.jobs.workers)
    jobs = settings.jobs.model_copy(update={"workers": workers})
    working = settings.model_copy(update={"jobs": jobs})

    def use(_jobs: Jobs | None, _why: str) -> None:
        """Nobody asks a worker anything."""

    transcripts = configured_transcripts(working.feedback)
    diarization = Diarization(working.speakers)
    async with kept_running(lambda: running(working, lambda: model, transcripts, diarization), use):
        await stopped.wait()
