"""The routes of the API."""

import time
from http import HTTPStatus
from typing import Annotated, Any, BinaryIO, Final

from fastapi import FastAPI, File, Form, Request, UploadFile
from fastapi.concurrency import run_in_threadpool
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import Response

from bentos.asr.answers import Answer, Health
from bentos.asr.hints import LanguageHint
from bentos.asr.limits import MULTIPART_OVERHEAD, BodyLimit
from bentos.asr.problems import MEDIA_TYPE, Problem, audio_problem, problem
from bentos.asr.recognition import Recogniser
from bentos.asr.settings import ServiceSettings
from ovoz.audio.decode import AudioError, decode
from ovoz.audio.signal import duration_s

_RETRY: Final = {"Retry-After": "2"}
_ERRORS: Final[dict[int | str, dict[str, Any]]] = {
    status: {
        "description": told,
        "content": {MEDIA_TYPE: {"schema": Problem.model_json_schema()}},
    }
    for status, told in {
        401: "No valid key",
        403: "No keys are configured, and the caller is not on loopback",
        413: "Too many bytes or seconds",
        422: "Not audio that can be taken, or a wrong field",
        503: "The model is not loaded",
    }.items()
}


def build_app(settings: ServiceSettings, model: Recogniser | None = None) -> FastAPI:
    """The API; it answers 503 until ``app.state.model`` holds a model."""
    app = FastAPI(title="Ovoz", summary="Speech to text for Uzbek, Russian and both at once.")
    app.state.model = model
    app.add_middleware(BodyLimit, max_bytes=settings.max_upload_bytes + MULTIPART_OVERHEAD)

    @app.post("/transcribe", response_model=Answer, responses=_ERRORS)
    async def transcribe(
        request: Request,
        file: Annotated[UploadFile, File(description="A recording in any format.")],
        language_hint: Annotated[
            LanguageHint, Form(description="The language spoken, when it is known.")
        ] = LanguageHint.AUTO,
    ) -> Answer | Response:
        """Transcribe one recording."""
        loaded: Recogniser | None = request.app.state.model
        if loaded is None:
            return _not_ready()
        try:
            return await run_in_threadpool(_answer, loaded, file.file, language_hint, settings)
        except AudioError as error:
            return audio_problem(error)

    @app.get("/health", response_model=Health, responses={503: _ERRORS[503]})
    async def health(request: Request) -> Health | Response:
        """Whether the model is loaded, and which."""
        loaded: Recogniser | None = request.app.state.model
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
            told = f"an upload may have {settings.max_upload_bytes} bytes at most"
            return problem(413, "audio-too-large", told)
        kind, told = f"http-{error.status_code}", str(error.detail)
        return problem(error.status_code, kind, told, error.headers)

    app.exception_handler(HTTPException)(http_error)
    app.exception_handler(RequestValidationError)(_bad_request)
    app.add_exception_handler(Exception, _fault)
    return app


def _answer(
    recogniser: Recogniser, recording: BinaryIO, hint: LanguageHint, settings: ServiceSettings
) -> Answer:
    """Decode and transcribe; runs outside of the event loop."""
    started = time.perf_counter()
    samples = decode(
        recording, max_duration_s=settings.max_duration_s, max_bytes=settings.max_upload_bytes
    )
    transcript = recogniser.transcribe(samples, hint)
    return Answer.of(
        transcript,
        duration_s=duration_s(samples),
        processing_ms=(time.perf_counter() - started) * 1000,
        notice=recogniser.notice,
    )


def _not_ready() -> Response:
    return problem(503, "model-not-loaded", "the model is still loading", _RETRY)


async def _bad_request(_request: Request, error: RequestValidationError) -> Response:
    told = [f"{'.'.join(map(str, one['loc'][1:]))}: {one['msg']}" for one in error.errors()]
    return problem(422, "invalid-request", "; ".join(told))


async def _fault(_request: Request, _error: Exception) -> Response:
    return problem(500, "internal-fault", "the service failed on this request; it was logged")
