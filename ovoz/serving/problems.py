"""Errors as RFC 9457 problem details, with stable types and without stack traces."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Final

from pydantic import BaseModel
from starlette.responses import JSONResponse

from ovoz.audio.decode import AudioError
from ovoz.serving.middleware.asgi import App, Message, Receive, Scope, Send

MEDIA_TYPE: Final = "application/problem+json"
_TYPES: Final = "urn:ovoz:problem:"
_STATUS: Final = {"too_large": 413, "too_long": 413}


class Problem(BaseModel):
    """Body of every error (RFC 9457, section 3.1)."""

    type: str
    title: str
    status: int
    detail: str


def problem(
    status: int, kind: str, detail: str, headers: Mapping[str, str] | None = None
) -> JSONResponse:
    """The response that tells ``detail`` under the stable type ``kind``."""
    body = Problem(
        type=_TYPES + kind, title=HTTPStatus(status).phrase, status=status, detail=detail
    )
    challenge = {"WWW-Authenticate": "Bearer"} if status == HTTPStatus.UNAUTHORIZED else {}
    return JSONResponse(
        body.model_dump(),
        status_code=status,
        headers={**(headers or {}), **challenge},
        media_type=MEDIA_TYPE,
    )


def audio_problem(error: AudioError) -> JSONResponse:
    """The response to audio that cannot be taken."""
    return problem(
        _STATUS.get(error.code, 422), f"audio-{error.code}".replace("_", "-"), str(error)
    )


class ErrorsAsProblems:
    """ASGI middleware that retells the errors of the server around the API as problem details.

    BentoML answers an unknown path in plain text and its own faults in JSON of another form. The
    state of health tells what fails by itself.
    """

    def __init__(self, app: App) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on; replace an error that is no problem detail."""
        if scope["type"] != "http" or scope["path"] == "/health":
            return await self._app(scope, receive, send)
        replaced = False

        async def retold(message: Message) -> None:
            nonlocal replaced
            if message["type"] == "http.response.start" and _is_foreign_error(message):
                replaced = True
                status = int(message["status"])
                phrase = HTTPStatus(status).phrase
                await problem(status, f"http-{status}", phrase)(scope, receive, send)
            elif not replaced:
                await send(message)

        return await self._app(scope, receive, retold)


def _is_foreign_error(message: Message) -> bool:
    headers = {name.lower(): value for name, value in message.get("headers", [])}
    kind = headers.get(b"content-type", b"").decode("latin-1")
    return bool(message["status"] >= HTTPStatus.BAD_REQUEST and not kind.startswith(MEDIA_TYPE))
