"""The routes of the API."""

from enum import StrEnum
from http import HTTPStatus
from typing import Annotated, Final

from fastapi import FastAPI, File, Form, Request, UploadFile
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import PlainTextResponse, Response

from bentos.asr.answers import Answer
from bentos.asr.batch import batch_routes
from bentos.asr.cache import configured_cache
from bentos.asr.declared import UPLOADING, problems, texts
from bentos.asr.feedback import configured_transcripts, feedback_routes
from bentos.asr.health import health_routes
from bentos.asr.hints import LanguageHint
from bentos.asr.jobs.routes import PATH as JOBS
from bentos.asr.jobs.routes import add_jobs, jobs_lifespan
from bentos.asr.limits import MULTIPART_OVERHEAD, BodyLimit
from bentos.asr.model_queue import Model, ModelQueue
from bentos.asr.openai import openai_routes
from bentos.asr.problems import problem
from bentos.asr.request import Heard, Recognition, hear, hot_words_of
from bentos.asr.settings import ServiceSettings
from ovoz.engine.subtitles import srt, vtt

_ERRORS: Final = problems(*UPLOADING)
_OTHER_FORMATS: Final = texts("text/plain", "application/x-subrip", "text/vtt")


class Format(StrEnum):
    """How an answer is written."""

    JSON = "json"
    TEXT = "text"
    SRT = "srt"
    VTT = "vtt"


def build_app(settings: ServiceSettings, model: Model | None = None) -> FastAPI:
    """The API; it answers 503 until ``app.state.model`` holds a model.

    Raises:
        ValueError: as :func:`configured_cache`.
    """
    app = FastAPI(
        title="Ovoz",
        summary="Speech to text for Uzbek, Russian and both at once.",
        lifespan=jobs_lifespan(settings),
    )
    app.state.model = model
    app.state.settings = settings
    app.state.cache = configured_cache(settings)
    app.state.transcripts = configured_transcripts(settings)
    app.state.queue = ModelQueue(places=settings.max_waiting, workers=_workers(settings))
    app.add_middleware(
        BodyLimit,
        max_bytes=settings.max_upload_bytes + MULTIPART_OVERHEAD,
        of_path={JOBS: settings.jobs_max_upload_bytes + MULTIPART_OVERHEAD},
    )

    app.include_router(openai_routes())
    app.include_router(batch_routes(settings))
    add_jobs(app, settings)
    app.include_router(feedback_routes())
    app.include_router(health_routes())

    @app.post("/transcribe", response_model=Answer, responses={200: _OTHER_FORMATS, **_ERRORS})
    async def transcribe(
        request: Request,
        file: Annotated[UploadFile, File(description="A recording in any format.")],
        language_hint: Annotated[
            LanguageHint, Form(description="The language spoken, when it is known.")
        ] = LanguageHint.AUTO,
        hotwords: Annotated[
            str, Form(description="Words to listen for, apart by commas.", max_length=8_000)
        ] = "",
        timestamps: Annotated[
            bool, Form(description="Whether the answer has a list of words with times.")
        ] = True,
        format: Annotated[  # noqa: A002  (the name of the field)
            Format, Form(description="How the answer is written.")
        ] = Format.JSON,
    ) -> Answer | Response:
        """Transcribe one recording."""
        asked = Recognition(language_hint, hot_words_of(hotwords))
        heard = await hear(request, file.file, asked)
        if isinstance(heard, Response):
            return heard
        return _written(heard, format, timestamps=timestamps)

    async def http_error(request: Request, error: HTTPException) -> Response:
        if error.status_code == HTTPStatus.REQUEST_ENTITY_TOO_LARGE:
            is_job = request.url.path.rstrip("/") == JOBS
            most = settings.jobs_max_upload_bytes if is_job else settings.max_upload_bytes
            told = f"an upload may have {most} bytes at most"
            return problem(413, "audio-too-large", told)
        kind, told = f"http-{error.status_code}", str(error.detail)
        return problem(error.status_code, kind, told, error.headers)

    app.exception_handler(HTTPException)(http_error)
    app.exception_handler(RequestValidationError)(_bad_request)
    app.add_exception_handler(Exception, _fault)
    return app


def _workers(settings: ServiceSettings) -> int:
    """Recordings worked on at once; a model elsewhere makes its own queue of all that are asked."""
    return settings.max_waiting if settings.model_url else settings.threads


def _written(heard: Heard, form: Format, *, timestamps: bool) -> Answer | Response:
    match form:
        case Format.JSON:
            return Answer.of(heard, timestamps=timestamps)
        case Format.TEXT:
            return PlainTextResponse(heard.transcript.text + "\n")
        case Format.SRT:
            return PlainTextResponse(srt(heard.transcript), media_type="application/x-subrip")
        case Format.VTT:
            return PlainTextResponse(vtt(heard.transcript), media_type="text/vtt")


async def _bad_request(_request: Request, error: RequestValidationError) -> Response:
    told = [f"{'.'.join(map(str, one['loc'][1:]))}: {one['msg']}" for one in error.errors()]
    return problem(422, "invalid-request", "; ".join(told))


async def _fault(_request: Request, _error: Exception) -> Response:
    return problem(500, "internal-fault", "the service failed on this request; it was logged")
