"""Bodies that nobody could read: refused with what to send instead."""

from email.message import Message as Header
from http import HTTPStatus

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from ovoz.serving.problems import ProblemError


class ReadableBodies:
    """ASGI middleware that refuses compressed bodies, and forms without a boundary.

    Raises:
        ProblemError: 415 or 400.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or refuse it."""
        if scope["type"] == "http":
            _check(Headers(scope=scope))
        await self._app(scope, receive, send)


def _check(headers: Headers) -> None:
    encoding = headers.get("content-encoding", "identity").strip().lower()
    if encoding not in {"", "identity"}:
        told = "compressed bodies are not read: send the request without Content-Encoding"
        raise ProblemError(
            HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "http-415", told, {"Accept-Encoding": "identity"}
        )
    kind = Header()
    kind["content-type"] = headers.get("content-type", "")
    if kind.get_content_type() == "multipart/form-data" and not kind.get_boundary():
        told = (
            "the Content-Type multipart/form-data has no boundary: let the client write this header"
            " itself, as curl -F and libraries do"
        )
        raise ProblemError(HTTPStatus.BAD_REQUEST, "http-400", told)
