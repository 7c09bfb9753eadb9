"""The routes of jobs."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Annotated, Final

from fastapi import APIRouter, FastAPI, File, Form, Header, Query, Request, UploadFile
from sqlalchemy.exc import SQLAlchemyError
from starlette.responses import Response

from ovoz.serving.api.openapi_responses import CALLING, Responses, problems
from ovoz.serving.api.transcription import (
    Hint,
    HotWords,
    Redact,
    Speakers,
    Timestamps,
    read_options,
)
from ovoz.serving.api.unknown_fields import UNKNOWN_FIELDS
from ovoz.serving.auth.caller import caller_name
from ovoz.serving.inference.options import LanguageHint
from ovoz.serving.jobs.acceptance import accept, check_webhook
from ovoz.serving.jobs.runtime import Jobs, kept_running, running, unavailable
from ovoz.serving.jobs.schemas import JobAnswer, JobList, JobSummary
from ovoz.serving.jobs.store import Cancellation, JobRequest
from ovoz.serving.jobs.tables import JobRow
from ovoz.serving.neighbours import NeighbourAwayError
from ovoz.serving.problems import ProblemError
from ovoz.serving.settings import ServiceSettings
from ovoz.serving.state import ServiceState, State
from ovoz.text.written.script import Script
from ovoz.text.written.writing import SPOKEN, Writing

PATH: Final = "/jobs"
_LISTED: Final = 20
_PLACE: Final = {"description": "Where the job is.", "schema": {"type": "string"}}
_ACCEPTED: Final[Responses] = {202: {"description": "Accepted", "headers": {"Location": _PLACE}}}
_FORGOTTEN: Final = {"description": "It was over, and is forgotten"}
_LOG: Final = logging.getLogger(__name__)


def job_routes(settings: ServiceSettings) -> APIRouter:
    """``/jobs`` and what is under it; to be run with :func:`jobs_lifespan`."""
    routes = APIRouter(prefix=PATH, responses=problems(*CALLING, 422, 503))

    @routes.post(
        "",
        response_model=JobAnswer,
        status_code=202,
        responses=_ACCEPTED | problems(400, 413, 507),
        dependencies=[UNKNOWN_FIELDS],
    )
    async def create(
        request: Request,
        state: State,
        files: Annotated[
            list[UploadFile],
            File(description="Recordings in any format.", max_length=settings.jobs.max_files),
        ],
        language_hint: Hint = LanguageHint.AUTO,
        hotwords: HotWords = "",
        redact: Redact = "",
        speakers: Speakers = "",
        timestamps: Timestamps = True,
        webhook_url: Annotated[
            str, Form(description="Where to POST the finished job.", max_length=2_000)
        ] = "",
        idempotency_key: Annotated[
            str | None, Header(min_length=1, max_length=255, pattern=r"^[!-~]+$")
        ] = None,
    ) -> Response:
        """Accept recordings to be transcribed later; the answer says where to look."""
        asked = JobRequest(
            caller=caller_name(request.scope),
            options=read_options(language_hint, hotwords, redact, speakers),
            timestamps=timestamps,
            idempotency_key=idempotency_key,
            webhook_url=webhook_url or None,
        )
        state.transcriber.diarization.check(asked.options)
        jobs = state.jobs.required()
        uploads = [(file.filename or "", file.file) for file in files]
        await check_webhook(asked.webhook_url, asked.caller, settings.webhooks, jobs.resolver)
        if not await jobs.database.ask(jobs.database.is_writable):  # before anything is laid down
            raise unavailable()
        job = await jobs.database.call(accept, jobs.store, jobs.spool, settings, asked, uploads)
        jobs.sweeper.sweep_soon()
        place = f"{request.scope.get('root_path', '')}{PATH}/{job.id}"
        return await asyncio.to_thread(_respond, job, 202, {"Location": place})

    _add_following(routes)
    return routes


def _add_following(routes: APIRouter) -> None:
    """What can be done with jobs that were accepted."""

    @routes.get("", response_model=JobList)
    async def newest(
        request: Request, state: State, limit: Annotated[int, Query(ge=1, le=100)] = _LISTED
    ) -> JobList:
        """The caller's jobs, the newest first, without their results."""
        jobs = state.jobs.required()
        found = await jobs.database.ask(jobs.store.newest, caller_name(request.scope), limit)
        return JobList(jobs=[JobSummary.of(job) for job in found])

    @routes.get("/{job_id}", response_model=JobAnswer, responses=problems(404, 422))
    async def read(
        request: Request,
        state: State,
        job_id: str,
        written: bool = False,
        script: Script = Script.CANONICAL,
    ) -> Response:
        """How far a job is, with the results that are there, also in written form."""
        writing = Writing(figures=written, sentences=written, script=script)
        jobs = state.jobs.required()
        job = await jobs.database.ask(jobs.store.read, caller_name(request.scope), job_id)
        if job is None:
            raise _unknown()
        return await asyncio.to_thread(_respond, job, writing=writing)

    @routes.delete(
        "/{job_id}", response_model=JobAnswer, responses={204: _FORGOTTEN, **problems(404)}
    )
    async def cancel(request: Request, state: State, job_id: str) -> JobAnswer | Response:
        """Cancel a job and delete its audio; forget one that is over, with its results (204)."""
        jobs, caller = state.jobs.required(), caller_name(request.scope)
        done = await jobs.database.ask(jobs.store.cancel, caller, job_id)
        if done is Cancellation.UNKNOWN:
            raise _unknown()
        await asyncio.to_thread(jobs.spool.remove_job, job_id)
        job = await jobs.database.ask(jobs.store.read, caller, job_id)
        return Response(status_code=204) if job is None else JobAnswer.of(job)


def jobs_lifespan(
    settings: ServiceSettings,
) -> Callable[[FastAPI], AbstractAsyncContextManager[None]]:
    """What the application does around its life: work on jobs, where they are configured."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        if settings.jobs.dir is None:
            yield
            return

        state: ServiceState = app.state.service
        service = state.transcriber

        def opening() -> AbstractAsyncContextManager[Jobs]:
            return running(
                settings, lambda: service.model, service.transcripts, service.diarization
            )

        async with kept_running(opening, state.jobs.use):
            yield

    return lifespan


def add_jobs(app: FastAPI, settings: ServiceSettings) -> None:
    """Add the routes of jobs, where they are configured."""
    if settings.jobs.dir is not None:
        app.include_router(job_routes(settings))
        for away in (SQLAlchemyError, NeighbourAwayError):
            app.add_exception_handler(away, _database_away)


async def _database_away(_request: Request, error: Exception) -> Response:
    if isinstance(error, SQLAlchemyError):  # the other one has been logged
        _LOG.error("the database of jobs does not answer: %s", type(error).__name__)
    return unavailable().response()


def _respond(
    job: JobRow,
    status: int = 200,
    headers: dict[str, str] | None = None,
    writing: Writing = SPOKEN,
) -> Response:
    """A job with its results; of a large one this takes a while."""
    told = JobAnswer.of(job, writing).model_dump_json()
    return Response(told, status, headers, media_type="application/json")


def _unknown() -> ProblemError:
    return ProblemError(404, "job-unknown", "there is no such job, or it is not yours")
