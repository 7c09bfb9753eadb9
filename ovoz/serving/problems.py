"""Errors as RFC 9457 problem details, with stable types and without stack traces."""

import logging
from collections.abc import Mapping
from functools import singledispatch
from http import HTTPStatus
from tempfile import gettempdir
from typing import Any, Final

from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse

from ovoz.audio.containers import AudioError
from ovoz.decoding.hot_words import HotWordsError
from ovoz.text.written.writing import WritingError

_LOG: Final = logging.getLogger(__name__)
MEDIA_TYPE: Final = "application/problem+json"
CLIENT_GONE: Final = 499
"""What web servers log when the caller hung up; nobody receives it."""
RETRY: Final = {"Retry-After": "2"}

_TYPES: Final = "urn:ovoz:problem:"
_TITLES: Final = {status.value: status.phrase for status in HTTPStatus} | {
    CLIENT_GONE: "Client Closed Request"
}
_OPENAI: Final = "/v1/"
_OPENAI_TYPES: Final = {
    401: "authentication_error",
    403: "permission_error",
    429: "rate_limit_error",
}
_LONGEST_DETAIL: Final = 1_000
"""A sentence may quote the request, which may be long."""

_CLOSE_CODES: Final = {413: 1009, 429: 1013, 503: 1013, 504: 1013}
"""Of a socket: too large, and try again later."""
_FILES: Final = frozenset({"file", "files"})
"""Fields of forms that are recordings."""

_AUDIO_STATUS: Final = {"too_large": 413, "too_long": 413}


class Problem(BaseModel):
    """Body of every error (RFC 9457, section 3.1)."""

    type: str
    title: str
    status: int
    detail: str


class ProblemError(HTTPException):
    """An error that its caller receives as a problem detail; raised anywhere in the service.

    An ``HTTPException``, so that FastAPI lets it pass while it reads a request's body.

    Args:
        status: of the response.
        kind: the stable type, without its prefix.
        detail: one sentence for the caller; what is longer than 1,000 characters is cut.
        headers: further ones of the response.
        param: the field of the request that is at fault.
    """

    def __init__(
        self,
        status: int,
        kind: str,
        detail: str,
        headers: Mapping[str, str] | None = None,
        *,
        param: str | None = None,
    ) -> None:
        challenge = {"WWW-Authenticate": "Bearer"} if status == HTTPStatus.UNAUTHORIZED else {}
        if len(detail) > _LONGEST_DETAIL:
            detail = f"{detail[: _LONGEST_DETAIL - 1]}…"
        super().__init__(status, detail, {**(headers or {}), **challenge})
        self.kind = kind
        self.param = param

    def __str__(self) -> str:
        """The sentence for the caller."""
        return self.detail

    @property
    def problem(self) -> Problem:
        """The body of the response."""
        return Problem(
            type=_TYPES + self.kind,
            title=_TITLES[self.status_code],
            status=self.status_code,
            detail=self.detail,
        )

    @property
    def close_code(self) -> int:
        """The code that closes a socket for this problem (RFC 6455, 7.4)."""
        return _CLOSE_CODES.get(self.status_code, 1011 if self.status_code >= 500 else 1008)

    def response(self, path: str = "") -> JSONResponse:
        """The response to a request of ``path``; under /v1 clients of OpenAI can read it too."""
        content = self.problem.model_dump()
        if path.startswith(_OPENAI):
            openai_type = _OPENAI_TYPES.get(self.status_code, "invalid_request_error")
            content["error"] = {
                "message": self.detail,
                "type": "server_error" if self.status_code >= 500 else openai_type,
                "param": self.param,
                "code": self.kind,
            }
        return JSONResponse(content, self.status_code, self.headers, media_type=MEDIA_TYPE)


@singledispatch
def problem_of(_error: Exception) -> ProblemError:
    """What a caller is told of an error; nothing of one that nobody expected."""
    return ProblemError(500, "internal-fault", "the service failed on this request; it was logged")


@problem_of.register
def _(error: HTTPException) -> ProblemError:
    # FastAPI answers 400 to whatever fails while it reads a form, a full disk too.
    if isinstance(error.__cause__, OSError):
        _LOG.error("an upload cannot be stored in %s: %s", gettempdir(), error.__cause__)
        return ProblemError(503, "uploads-unavailable", "uploads cannot be stored now", RETRY)
    kind = f"http-{error.status_code}"
    return ProblemError(error.status_code, kind, str(error.detail), error.headers)


@problem_of.register
def _(error: ProblemError) -> ProblemError:
    return error


@problem_of.register
def _(error: RequestValidationError) -> ProblemError:
    faults = [_sentence_of(one) for one in error.errors()]
    param = str(error.errors()[0]["loc"][-1]) if faults else None
    return ProblemError(422, "invalid-request", "; ".join(faults), param=param)


def _sentence_of(fault: Mapping[str, Any]) -> str:
    """What is wrong with one field; of a recording that is no file, what to send."""
    field = ".".join(map(str, fault["loc"][1:]))
    as_curl = f"as curl -F {field.partition('.')[0]}=@recording.ogg does"
    if "UploadFile" in fault["msg"]:
        return f"{field}: this part of the form has no file name: send a file, {as_curl}"
    if fault["type"] == "missing" and field in _FILES:
        return f"{field}: send the recording as a file in multipart/form-data, {as_curl}"
    return f"{field}: {fault['msg']}"


@problem_of.register
def _(error: AudioError) -> ProblemError:
    kind = f"audio-{error.code}".replace("_", "-")
    return ProblemError(_AUDIO_STATUS.get(error.code, 422), kind, str(error))


@problem_of.register
def _(error: HotWordsError) -> ProblemError:
    return ProblemError(422, "hot-words", str(error))


@problem_of.register
def _(error: WritingError) -> ProblemError:
    return ProblemError(422, "no-written-form", str(error))


async def answer_with_problem(request: Request, error: Exception) -> JSONResponse:
    """The exception handler of the API."""
    return problem_of(error).response(request.url.path)


HANDLERS: Final[dict[int | type[Exception], Any]] = dict.fromkeys(
    (HTTPException, RequestValidationError, AudioError, HotWordsError, Exception),
    answer_with_problem,
)
"""For ``FastAPI(exception_handlers=…)``."""
