"""Refusal of recordings while the queue is full, before a byte of them is read."""

from typing import Final

from ovoz.serving.inference.overload import OverloadedError
from ovoz.serving.inference.queue import ModelQueue
from ovoz.serving.inference.transcriber import overloaded
from ovoz.serving.middleware.asgi import App, Receive, Scope, Send

_PATHS: Final = frozenset({"/transcribe", "/transcribe/batch", "/v1/audio/transcriptions"})


class Admission:
    """ASGI middleware that answers 503 with ``Retry-After`` while there is no place to wait in."""

    def __init__(self, app: App, queue: ModelQueue) -> None:
        self._app = app
        self._queue = queue

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or refuse it."""
        if scope["type"] == "http" and scope["path"] in _PATHS:
            try:
                self._queue.refuse_when_full()
            except OverloadedError as error:
                return await overloaded(error)(scope, receive, send)
        return await self._app(scope, receive, send)
