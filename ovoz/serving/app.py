"""The routes of the API."""

from fastapi import FastAPI

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
from ovoz.serving.middleware.body_limit import BodyLimit
from ovoz.serving.problems import HANDLERS
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
        exception_handlers=HANDLERS,
    )
    app.state.model = model
    app.state.settings = settings
    app.state.jobs = None
    app.state.cache = configured_cache(settings)
    app.state.transcripts = configured_transcripts(settings)
    app.state.queue = ModelQueue(places=settings.max_waiting, workers=_workers(settings))
    app.add_middleware(
        BodyLimit,
        max_bytes=settings.max_upload_bytes,
        of_path={JOBS: settings.jobs_max_upload_bytes},
    )

    app.include_router(transcription_routes())
    app.include_router(openai_routes())
    app.include_router(batch_routes(settings))
    add_jobs(app, settings)
    app.include_router(feedback_routes())
    app.include_router(health_routes())
    return app


def _workers(settings: ServiceSettings) -> int:
    """Recordings worked on at once; a model elsewhere makes its own queue of all that are asked."""
    return settings.max_waiting if settings.model_url else settings.threads
