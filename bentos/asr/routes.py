"""The routes of the API."""

import io
import time
from typing import Annotated

from fastapi import FastAPI, File, Request, UploadFile
from fastapi.concurrency import run_in_threadpool
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import Response

from bentos.asr.answers import Answer, Health
from bentos.asr.problems import audio_problem, problem
from bentos.asr.settings import ServiceSettings
from ovoz.audio.decode import AudioError, decode
from ovoz.audio.signal import duration_s
from ovoz.engine.transcript import Engine

_MULTIPART_OVERHEAD = 64 * 1024


def build_app(engine: Engine, notice: str, settings: ServiceSettings) -> FastAPI:
    """The API around ``engine``; ``notice`` says what its model was trained on."""
    app = FastAPI(title="Ovoz", summary="Speech to text for Uzbek, Russian and both at once.")

    @app.post("/transcribe", response_model=Answer)
    async def transcribe(
        file: Annotated[UploadFile, File(description="A recording in any format.")],
    ) -> Answer | Response:
        """Transcribe one recording."""
        if file.size is not None and file.size > settings.max_upload_bytes:
            return _too_large(settings)
        started = time.perf_counter()
        content = await file.read()
        try:
            samples = await run_in_threadpool(
                decode,
                io.BytesIO(content),
                max_duration_s=settings.max_duration_s,
                max_bytes=settings.max_upload_bytes,
            )
        except AudioError as error:
            return audio_problem(error)
        (transcript,) = await run_in_threadpool(engine.transcribe, [samples])
        return Answer.of(
            transcript,
            duration_s=duration_s(samples),
            processing_ms=(time.perf_counter() - started) * 1000,
            notice=notice,
        )

    @app.get("/health")
    async def health() -> Health:
        """Whether the model is loaded, and which."""
        return Health(status="ok", model_version=engine.model_version, notice=notice)

    @app.middleware("http")
    async def refuse_large_bodies(request: Request, call_next):  # noqa: ANN001, ANN202
        length = request.headers.get("content-length", "")
        if length.isdigit() and int(length) > settings.max_upload_bytes + _MULTIPART_OVERHEAD:
            return _too_large(settings)
        return await call_next(request)

    app.exception_handler(RequestValidationError)(_bad_request)
    app.exception_handler(HTTPException)(_http_error)
    app.add_exception_handler(Exception, _fault)
    return app


def _too_large(settings: ServiceSettings) -> Response:
    limit = settings.max_upload_bytes
    return problem(413, "audio-too-large", f"an upload may have {limit} bytes at most")


async def _bad_request(_request: Request, error: RequestValidationError) -> Response:
    told = [f"{'.'.join(map(str, one['loc'][1:]))}: {one['msg']}" for one in error.errors()]
    return problem(422, "invalid-request", "; ".join(told))


async def _http_error(_request: Request, error: HTTPException) -> Response:
    return problem(error.status_code, f"http-{error.status_code}", str(error.detail))


async def _fault(_request: Request, _error: Exception) -> Response:
    return problem(500, "internal-fault", "the service failed on this request; it was logged")
