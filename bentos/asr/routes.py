"""The routes of the API."""

import time
from dataclasses import dataclass
from http import HTTPStatus
from typing import Annotated, BinaryIO

from fastapi import FastAPI, File, Request, UploadFile
from fastapi.concurrency import run_in_threadpool
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import Response

from bentos.asr.answers import Answer, Health
from bentos.asr.limits import MULTIPART_OVERHEAD, BodyLimit
from bentos.asr.problems import MEDIA_TYPE, audio_problem, problem
from bentos.asr.settings import ServiceSettings
from ovoz.audio.decode import AudioError, decode
from ovoz.audio.signal import duration_s
from ovoz.engine.transcript import Engine

_PROBLEM = {
    "content": {
        MEDIA_TYPE: {
            "schema": {
                "type": "object",
                "required": ["type", "title", "status", "detail"],
                "properties": {
                    "type": {"type": "string", "format": "uri"},
                    "title": {"type": "string"},
                    "status": {"type": "integer"},
                    "detail": {"type": "string"},
                },
            }
        }
    }
}
_REFUSALS = {
    401: {"description": "No valid key.", **_PROBLEM},
    413: {"description": "The upload or the recording is too long.", **_PROBLEM},
    422: {"description": "Not a recording that can be read.", **_PROBLEM},
    503: {"description": "The model is not loaded yet.", **_PROBLEM},
}


@dataclass(frozen=True, slots=True)
class LoadedModel:
    """What answers; ``notice`` says what it was trained on."""

    engine: Engine
    notice: str


def build_app(settings: ServiceSettings, model: LoadedModel | None = None) -> FastAPI:
    """The API; it answers 503 until ``app.state.model`` holds a model."""
    app = FastAPI(title="Ovoz", summary="Speech to text for Uzbek, Russian and both at once.")
    app.state.model = model
    app.add_middleware(BodyLimit, max_bytes=settings.max_upload_bytes + MULTIPART_OVERHEAD)

    @app.post("/transcribe", response_model=Answer, responses=_REFUSALS)
    async def transcribe(
        request: Request,
        file: Annotated[UploadFile, File(description="A recording in any format.")],
    ) -> Answer | Response:
        """Transcribe one recording."""
        if request.app.state.model is None:
            return _not_ready()
        try:
            return await run_in_threadpool(_answer, request.app.state.model, file.file, settings)
        except AudioError as error:
            return audio_problem(error)

    @app.get("/health", response_model=Health, responses={503: _REFUSALS[503]})
    async def health(request: Request) -> Health | Response:
        """Whether the model is loaded, and which."""
        loaded: LoadedModel | None = request.app.state.model
        if loaded is None:
            return _not_ready()
        return Health(
            status="ok",
            model_loaded=True,
            model_version=loaded.engine.model_version,
            notice=loaded.notice,
        )

    async def http_error(_request: Request, error: HTTPException) -> Response:
        if error.status_code == HTTPStatus.REQUEST_ENTITY_TOO_LARGE:
            return problem(
                413,
                "audio-too-large",
                f"an upload may have {settings.max_upload_bytes} bytes at most",
            )
        kind, told = f"http-{error.status_code}", str(error.detail)
        return problem(error.status_code, kind, told, error.headers)

    app.exception_handler(HTTPException)(http_error)
    app.exception_handler(RequestValidationError)(_bad_request)
    app.add_exception_handler(Exception, _fault)
    return app


def _answer(model: LoadedModel, recording: BinaryIO, settings: ServiceSettings) -> Answer:
    started = time.perf_counter()
    samples = decode(
        recording, max_duration_s=settings.max_duration_s, max_bytes=settings.max_upload_bytes
    )
    (transcript,) = model.engine.transcribe([samples])
    return Answer.of(
        transcript,
        duration_s=duration_s(samples),
        processing_ms=(time.perf_counter() - started) * 1000,
        notice=model.notice,
    )


def _not_ready() -> Response:
    return problem(503, "model-not-loaded", "the model is still loading", {"Retry-After": "2"})


async def _bad_request(_request: Request, error: RequestValidationError) -> Response:
    told = [f"{'.'.join(map(str, one['loc'][1:]))}: {one['msg']}" for one in error.errors()]
    return problem(422, "invalid-request", "; ".join(told))


async def _fault(_request: Request, _error: Exception) -> Response:
    return problem(500, "internal-fault", "the service failed on this request; it was logged")
