"""The routes of the API."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager

from fastapi import FastAPI

from ovoz.canary.policy import CanaryPolicy
from ovoz.serving.api.batch import batch_routes
from ovoz.serving.api.canary import canary_routes
from ovoz.serving.api.feedback import feedback_routes
from ovoz.serving.api.health import health_routes
from ovoz.serving.api.jobs import PATH as JOBS
from ovoz.serving.api.jobs import add_jobs, jobs_lifespan
from ovoz.serving.api.openai import openai_routes
from ovoz.serving.api.pages import add_pages
from ovoz.serving.api.refresh import refresh_routes
from ovoz.serving.api.transcription import transcription_routes
from ovoz.serving.canary.canary import configured_canary
from ovoz.serving.inference.hot_swap import configured_swap
from ovoz.serving.inference.loading import HolderOf
from ovoz.serving.inference.model import Model
from ovoz.serving.inference.transcriber import Transcriber
from ovoz.serving.live.sessions import LiveSessions
from ovoz.serving.middleware.body_limit import BodyLimit
from ovoz.serving.problems import HANDLERS
from ovoz.serving.settings import ServiceSettings
from ovoz.serving.sockets.listen import listen_socket
from ovoz.serving.sockets.realtime import realtime_socket
from ovoz.serving.sockets.transcribe import transcribe_socket
from ovoz.serving.state import ServiceState
from ovoz.serving.traffic import configured_corrections
from ovoz.serving.warning_header import WarningHeader
from ovoz.serving.web.page import add_page


def build_app(
    settings: ServiceSettings,
    model: Model | None = None,
    holder_of: HolderOf | None = None,
    canary_policy: CanaryPolicy | None = None,
) -> FastAPI:
    """The API; it answers 503 until ``app.state.service.transcriber`` has a model.

    Args:
        settings: Those of the service.
        model: What it serves first.
        holder_of: Asks the registry who holds the alias that the settings name; without it the
            alias is not followed.
        canary_policy: How canaries are tried; None tries none.

    Raises:
        OSError: as :func:`configured_canary`.
        ValueError: as :func:`configured_cache`.
    """
    app = FastAPI(
        title="Ovoz",
        summary="Speech to text for Uzbek, Russian and both at once.",
        docs_url=None,
        redoc_url=None,
        lifespan=_lifespan(settings),
        exception_handlers=HANDLERS,
    )
    transcriber = Transcriber(settings, model)
    swap = configured_swap(transcriber, settings, holder_of)
    canary = configured_canary(transcriber, settings, canary_policy, holder_of)
    transcriber.choice = canary
    app.state.service = ServiceState(
        settings,
        transcriber,
        LiveSessions(transcriber),
        swap=swap,
        canary=canary,
        corrections=configured_corrections(settings.feedback),
    )
    app.add_middleware(WarningHeader)
    app.add_middleware(
        BodyLimit,
        max_bytes=settings.limits.max_upload_bytes,
        of_path={JOBS: settings.jobs.max_upload_bytes},
    )

    app.include_router(transcription_routes())
    app.include_router(openai_routes())
    app.include_router(batch_routes(settings))
    add_jobs(app, settings)
    app.include_router(feedback_routes())
    app.include_router(transcribe_socket())
    app.include_router(listen_socket())
    app.include_router(realtime_socket())
    app.include_router(health_routes())
    app.include_router(refresh_routes())
    app.include_router(canary_routes())
    add_pages(app)
    add_page(app)
    return app


def _lifespan(
    settings: ServiceSettings,
) -> Callable[[FastAPI], AbstractAsyncContextManager[None]]:
    """What goes on beside the requests: jobs, the watch over the aliases, the logs."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        state: ServiceState = app.state.service
        async with AsyncExitStack() as stack:
            if state.corrections is not None:  # closed last, also where something fails
                stack.push_async_callback(asyncio.to_thread, state.corrections.close)
            for followed in (state.swap, state.canary):
                if followed is not None:
                    await stack.enter_async_context(followed.running())
            await stack.enter_async_context(jobs_lifespan(settings)(app))
            yield

    return lifespan
