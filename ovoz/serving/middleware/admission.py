"""Refusal of recordings while the queue is full, before a byte of them is read."""

from typing import Final

from starlette.types import ASGIApp, Receive, Scope, Send

from ovoz.serving.inference.queue import ModelQueue, OverloadedError
from ovoz.serving.telemetry import metrics

_PATHS: Final = frozenset({"/transcribe", "/transcribe/batch", "/v1/audio/transcriptions"})


class Admission:
    """ASGI middleware that refuses recordings while there is no place to wait in.

    Raises:
        OverloadedError: there is none.
    """

    def __init__(self, app: ASGIApp, queue: ModelQueue) -> None:
        self._app = app
        self._queue = queue

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or refuse it."""
        if scope["type"] == "http" and scope["path"] in _PATHS:
            try:
                self._queue.refuse_when_full()
            except OverloadedError:
                metrics.REFUSED.labels("overloaded").inc()
                raise
        return await self._app(scope, receive, send)
