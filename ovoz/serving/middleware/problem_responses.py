"""Problem details for errors that the API itself does not answer."""

import asyncio
import logging
from http import HTTPStatus
from typing import Final

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ovoz.serving.problems import MEDIA_TYPE, ProblemError, problem_of
from ovoz.serving.supervision import is_cancelled

_LOG: Final = logging.getLogger(__name__)


class RaisedProblems:
    """ASGI middleware that answers with the problem that a middleware inside of it raises.

    A WebSocket is accepted and closed: who is refused before that sees an HTTP 403 and no reason.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on; answer with the problem that is raised."""
        try:
            await self._app(scope, receive, send)
        except ProblemError as error:
            if scope["type"] == "websocket":
                await close_with(error, receive, send)
            else:
                await error.response(scope["path"])(scope, receive, send)


async def close_with(error: ProblemError, receive: Receive, send: Send) -> None:
    """Close a socket that was not accepted yet, with the code and the type of a problem."""
    await receive()  # its request to connect
    await send({"type": "websocket.accept"})
    await send({"type": "websocket.close", "code": error.close_code, "reason": error.kind})


class ForeignErrors:
    """ASGI middleware that rewrites errors of the server around the API as problem details.

    BentoML answers an unknown path in plain text and its own faults in JSON of another form, and
    lets a caller wait for two minutes when a middleware fails before there is an answer: what
    anything inside raises is answered here. ``/health`` has a form of its own for what fails.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on; replace an error that is no problem detail."""
        if scope["type"] != "http":
            return await self._app(scope, receive, send)
        begun = replaced = False

        async def send_rewritten(message: Message) -> None:
            nonlocal begun, replaced
            begun = True
            foreign = scope["path"] != "/health" and _is_foreign_error(message)
            if message["type"] == "http.response.start" and foreign:
                replaced = True
                status = int(message["status"])
                error = ProblemError(status, f"http-{status}", HTTPStatus(status).phrase)
                await error.response(scope["path"])(scope, receive, send)
            elif not replaced:
                await send(message)

        try:
            await self._app(scope, receive, send_rewritten)
        except (Exception, asyncio.CancelledError) as error:
            if begun or is_cancelled():
                raise  # half an answer is cut off, so that nobody takes it for a whole one
            _LOG.exception("a request failed outside of the API")
            problem = problem_of(error if isinstance(error, Exception) else RuntimeError())
            await problem.response(scope["path"])(scope, receive, send)


def _is_foreign_error(message: Message) -> bool:
    headers = {name.lower(): value for name, value in message.get("headers", [])}
    kind = headers.get(b"content-type", b"").decode("latin-1")
    return bool(
        message.get("status", 0) >= HTTPStatus.BAD_REQUEST and not kind.startswith(MEDIA_TYPE)
    )
