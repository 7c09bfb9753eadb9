"""What every request leaves behind: figures, and a line in the log."""

import asyncio
import logging
import time
from contextlib import suppress
from functools import partial
from typing import Final

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ovoz.monitoring.traffic import Way
from ovoz.serving.auth.caller import ANYBODY, caller_name
from ovoz.serving.recognition import Recognition
from ovoz.serving.telemetry import metrics
from ovoz.serving.telemetry.process import resident_bytes
from ovoz.serving.telemetry.traffic_log import TrafficLog
from ovoz.serving.telemetry.usage import RequestUsage, usage_of

_QUIET: Final = frozenset({"/livez", "/readyz", "/healthz", "/metrics"})
"""Asked every few seconds by machines; not worth a line."""
_NEVER_ANSWERED: Final = 499
_CUT_OFF: Final = 1006
"""A socket that was closed by nobody, as RFC 6455 (7.1.5) numbers it."""
_NORMAL: Final = 1000
_SHUTDOWN: Final = "lifespan.shutdown."
"""Beginning of what an application says last: complete, or failed."""
SESSION: Final = "ovoz.session"
"""Where in the scope of a socket its session's identifier is."""

_LOG: Final = logging.getLogger("ovoz.access")


class AccessLog:
    """ASGI middleware around all others but the one that names requests.

    The log has neither audio nor keys, and text only with ``log_text``.

    Args:
        app: what is observed.
        traffic: where features of the segments go; None keeps none.
        log_text: whether transcripts go into the log.
    """

    def __init__(self, app: ASGIApp, traffic: TrafficLog | None = None, *, log_text: bool) -> None:
        self._app = app
        self._traffic = traffic
        self._log_text = log_text

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on and observe it."""
        if scope["type"] == "websocket":
            return await self._observe_socket(scope, receive, send)
        if scope["type"] != "http":
            return await self._live(scope, receive, send)
        usage = usage_of(scope)
        started = time.perf_counter()
        status = _NEVER_ANSWERED

        async def observed(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                elapsed_s = time.perf_counter() - started
                metrics.FIRST_RESULT.labels(_endpoint(scope)).observe(elapsed_s)
            await send(message)

        metrics.CONNECTIONS.labels("http").inc()
        try:
            await self._app(scope, receive, observed)
        finally:
            metrics.CONNECTIONS.labels("http").dec()
            self._record(scope, usage, status, time.perf_counter() - started)

    async def _live(self, scope: Scope, receive: Receive, send: Send) -> None:
        """The life of the process; what waits for the traffic log is written at its end."""

        async def observed(message: Message) -> None:
            # Before the server is told, which then ends the loop and the process at once.
            if self._traffic is not None and message["type"].startswith(_SHUTDOWN):
                await asyncio.to_thread(self._traffic.close)
            await send(message)

        await self._app(scope, receive, observed)

    async def _observe_socket(self, scope: Scope, receive: Receive, send: Send) -> None:
        usage = usage_of(scope)
        if self._traffic is not None:
            usage.hand_on = partial(self._log_segment, scope, self._traffic)
        else:
            usage.hand_on = _forget
        started = time.perf_counter()
        code = _CUT_OFF

        async def observed(message: Message) -> None:
            nonlocal code
            if message["type"] == "websocket.close":
                code = message.get("code", _NORMAL)
            await send(message)

        metrics.CONNECTIONS.labels("socket").inc()
        try:
            await self._app(scope, receive, observed)
        finally:
            metrics.CONNECTIONS.labels("socket").dec()
            self._record(scope, usage, code, time.perf_counter() - started)

    @staticmethod
    def _log_segment(scope: Scope, traffic: TrafficLog, recognition: Recognition) -> None:
        """Of a socket, whose caller may have shown a key in its first message."""
        traffic.add(recognition, Way.SOCKET, _origin(scope))

    def _record(self, scope: Scope, usage: RequestUsage, status: int, elapsed_s: float) -> None:
        endpoint = _endpoint(scope)
        metrics.REQUESTS.labels(endpoint, str(status)).inc()
        metrics.DURATION.labels(endpoint).observe(elapsed_s)
        with suppress(OSError):  # no descriptor is free: the answer matters more
            metrics.MEMORY.set(resident_bytes())
        if scope["path"] in _QUIET:
            return
        if self._traffic is not None:
            for recognition in usage.recognitions:
                self._traffic.add(recognition, Way.HTTP, _origin(scope))
        line = {
            "method": scope.get("method", "SOCKET"),
            "path": scope["path"],
            "status": status,
            "duration_ms": round(elapsed_s * 1000, 1),
            "caller": caller_name(scope) or None,
            "audio_s": round(usage.audio_s, 2),
        }
        if session := scope.get(SESSION):
            line["session"] = session
        if self._log_text:
            line["text"] = [one.transcript.text for one in usage.recognitions]
        _LOG.info("answered", extra=line)


def _forget(_recognition: Recognition) -> None:
    """Segments of a stream are counted one by one, and kept by nobody."""


def _origin(scope: Scope) -> str:
    """Whoever calls: the holder of a key, else the address."""
    name = caller_name(scope)
    if name not in ANYBODY:
        return name
    host, _ = scope.get("client") or ("", 0)
    return str(host)


def _endpoint(scope: Scope) -> str:
    """The route's own path, so that the figures have as many labels as there are routes."""
    if scope["path"] in _QUIET:
        return str(scope["path"])
    return str(getattr(scope.get("route"), "path", "other"))
