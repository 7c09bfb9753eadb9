"""The model alone, for API processes that scale apart from it.

No ``bentoml.depends``: BentoML stops a service and what it depends on at the same moment, so a
request under way would lose its model. Two services that know each other by URL stop one after
the other, the API first, and each scales by its own measure.
"""

from dataclasses import dataclass
from typing import Annotated, cast

import bentoml
import numpy as np
from fastapi import Depends, FastAPI, Query, Request
from starlette.responses import Response

from bentos.asr.hosting import mount, options, prepare_process
from bentos.asr.late import LateApp
from bentos.asr.process import one_line_refusals
from ovoz.serving.api.pages import add_model_page
from ovoz.serving.inference.lanes import Lane
from ovoz.serving.inference.loading import load_here
from ovoz.serving.inference.local_model import LocalModel
from ovoz.serving.inference.model import require_model
from ovoz.serving.inference.options import LanguageHint, RecognitionOptions, RecognitionRequest
from ovoz.serving.inference.queue import ModelQueue, OverloadedError
from ovoz.serving.inference.remote_model import DESCRIBE, RECOGNISE, TRANSCRIPT, Description
from ovoz.serving.middleware.body_limit import BodyLimit
from ovoz.serving.problems import HANDLERS
from ovoz.serving.settings import ServiceSettings
from ovoz.serving.startup.checks import read_settings
from ovoz.serving.telemetry import metrics

_BYTES_A_SECOND = 16_000 * 4


@dataclass(slots=True)
class ModelServiceState:
    """What lives as long as the process; ``model`` is None while it loads."""

    queue: ModelQueue
    model: LocalModel | None


async def _state_of(request: Request) -> ModelServiceState:
    """Not a plain function: FastAPI would call that in a thread."""
    state: ModelServiceState = request.app.state.service
    return state


State = Annotated[ModelServiceState, Depends(_state_of)]


def build_model_app(settings: ServiceSettings, model: LocalModel | None = None) -> FastAPI:
    """The model's API; it answers 503 until ``app.state.service.model`` holds a model."""
    inference = settings.inference
    app = FastAPI(title="Ovoz model", docs_url=None, redoc_url=None, exception_handlers=HANDLERS)
    add_model_page(app)
    queue = ModelQueue(places=inference.max_waiting, workers=inference.threads)
    app.state.service = ModelServiceState(queue, model)
    app.add_middleware(BodyLimit, max_bytes=round(settings.limits.max_duration_s * _BYTES_A_SECOND))

    @app.get(DESCRIBE, response_model=None)
    async def describe(state: State) -> Response:
        """What the model is."""
        info = require_model(state.model).info
        told = Description(description=info.description, device=info.device)
        return _json(told.model_dump_json())

    @app.post(RECOGNISE, response_model=None)
    async def recognise(
        request: Request,
        state: State,
        hint: LanguageHint = LanguageHint.AUTO,
        hot_words: Annotated[list[str], Query()] = [],  # noqa: B006  (FastAPI copies it)
        draft: bool = False,
    ) -> Response:
        """The transcript of samples: little-endian float32 at 16 kHz in [-1, 1]."""
        model = require_model(state.model)
        samples = np.frombuffer(await request.body(), "<f4").astype(np.float32)
        options = RecognitionOptions(hint, tuple(hot_words), draft)
        lane = Lane.DRAFTS if draft else Lane.RECORDINGS
        asked = RecognitionRequest(samples, options)
        try:
            with state.queue.place(inference.timeout_s):
                result = await state.queue.transcribe(model, asked, lane)
        except OverloadedError:
            metrics.REFUSED.labels("overloaded").inc()
            raise
        return _json(TRANSCRIPT.dump_json(result.transcript))

    return app


def _json(content: str | bytes) -> Response:
    return Response(content, media_type="application/json")


with one_line_refusals():
    SETTINGS = read_settings()
APP = LateApp(lambda: build_model_app(SETTINGS))


@bentoml.service(name="ovoz_asr_model", **options(SETTINGS))
class AcousticModel:
    """Samples to words."""

    def __init__(self) -> None:
        prepare_process(SETTINGS)
        APP.built.state.service.model = load_here(SETTINGS)

    def __is_ready__(self) -> bool:
        """Whether the model is loaded."""
        return APP.built.state.service.model is not None


with one_line_refusals():
    mount(
        cast("bentoml.Service[AcousticModel]", AcousticModel),
        APP,
        lambda app: app.state.service.queue,
        SETTINGS,
    )
