"""The routes of the API."""

from http import HTTPStatus

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import Response

from ovoz.serving.api.batch import batch_routes
from ovoz.serving.api.feedback import configured_transcripts, feedback_routes
from ovoz.serving.api.health import health_routes
from ovoz.serving.api.openai import openai_routes
from ovoz.serving.api.transcription import transcription_routes
from ovoz.serving.inference.model import Model
from ovoz.serving.inference.queue import ModelQueue
from ovoz.serving.inference.result_cache import configured_cache
from ovoz.serving.jobs.routes import PATH as JOBS
from ovoz.serving.jobs.routes import add_jobs, jobs_lifespan
from ovoz.serving.middleware.body_limit import MULTIPART_OVERHEAD, BodyLimit
from ovoz.serving.problems import problem
from ovoz.serving.settings import ServiceSettings


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
    app.state.jobs = None
    app.state.cache = configured_cache(settings)
    app.state.transcripts = configured_transcripts(settings)
    app.state.queue = ModelQueue(places=settings.max_waiting, workers=_workers(settings))
    app.add_middleware(
        BodyLimit,
        max_bytes=settings.max_upload_bytes + MULTIPART_OVERHEAD,
        of_path={JOBS: settings.jobs_max_upload_bytes + MULTIPART_OVERHEAD},
    )

    app.include_router(transcription_routes())
    app.include_router(openai_routes())
    app.include_router(batch_routes(settings))
    add_jobs(app, settings)
    app.include_router(feedback_routes())
    app.include_router(health_routes())

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


async def _bad_request(_request: Request, error: RequestValidationError) -> Response:
    told = [f"{'.'.join(map(str, one['loc'][1:]))}: {one['msg']}" for one in error.errors()]
    return problem(422, "invalid-request", "; ".join(told))


async def _fault(_request: Request, _error: Exception) -> Response:
    return problem(500, "internal-fault", "the service failed on this request; it was logged")
