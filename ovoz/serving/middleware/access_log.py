"""What every request leaves behind: its identifier, figures, a line in the log."""

import logging
import re
import time
from typing import Final

from ovoz.serving.auth.caller import CALLER
from ovoz.serving.middleware.asgi import App, Message, Receive, Scope, Send
from ovoz.serving.telemetry import metrics
from ovoz.serving.telemetry.logs import REQUEST_ID
from ovoz.serving.telemetry.process import resident_bytes
from ovoz.serving.telemetry.traffic_log import TrafficLog
from ovoz.serving.telemetry.usage import Account, account_of

_HEADER: Final = b"x-request-id"
_SENSIBLE: Final = re.compile(r"[A-Za-z0-9._-]{1,64}")
_QUIET: Final = frozenset({"/livez", "/readyz", "/healthz", "/metrics"})
"""Asked every few seconds by machines; not worth a line."""
_NEVER_ANSWERED: Final = 499

_LOG: Final = logging.getLogger("ovoz.access")


class Observed:
    """ASGI middleware around all others.

    The identifier is the caller's ``X-Request-ID`` where that is sensible, else a new one; the
    answer has it. The log has neither audio nor keys, and text only with ``log_text``.

    Args:
        app: what is observed.
        traffic: where features and scores of the recordings go; None keeps none.
        log_text: whether transcripts go into the log.
    """

    def __init__(self, app: App, traffic: TrafficLog | None = None, *, log_text: bool) -> None:
        self._app = app
        self._traffic = traffic
        self._log_text = log_text

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on and observe it."""
        if scope["type"] != "http":
            return await self._app(scope, receive, send)
        account = account_of(scope)
        account.request_id = _asked_identifier(scope) or account.request_id
        token = REQUEST_ID.set(account.request_id)
        observation = _Observation(scope, send, account.request_id)
        metrics.CONNECTIONS.labels("http").inc()
        try:
            await self._app(scope, receive, observation.send)
        finally:
            metrics.CONNECTIONS.labels("http").dec()
            self._tell(scope, account, observation)
            REQUEST_ID.reset(token)

    def _tell(self, scope: Scope, account: Account, seen: "_Observation") -> None:
        endpoint = _endpoint(scope)
        metrics.REQUESTS.labels(endpoint, str(seen.status)).inc()
        metrics.DURATION.labels(endpoint).observe(seen.elapsed_s)
        metrics.MEMORY.set(resident_bytes())
        if scope["path"] in _QUIET:
            return
        if self._traffic is not None:
            self._traffic.add(account)
        caller = scope.get(CALLER)
        told = {
            "method": scope["method"],
            "path": scope["path"],
            "status": seen.status,
            "duration_ms": round(seen.elapsed_s * 1000, 1),
            "caller": caller.name if caller else None,
            "audio_s": round(account.audio_s, 2),
        }
        if self._log_text:
            told["text"] = [one.transcript.text for one in account.heard]
        _LOG.info("answered", extra=told)


class _Observation:
    """What goes out to the caller, looked at on its way."""

    def __init__(self, scope: Scope, send: Send, request_id: str) -> None:
        self._scope = scope
        self._send = send
        self._request_id = request_id.encode("ascii")
        self._started = time.perf_counter()
        self.status = _NEVER_ANSWERED

    @property
    def elapsed_s(self) -> float:
        return time.perf_counter() - self._started

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            message["headers"] = [*message.get("headers", []), (_HEADER, self._request_id)]
            metrics.FIRST_RESULT.labels(_endpoint(self._scope)).observe(self.elapsed_s)
        await self._send(message)


def _asked_identifier(scope: Scope) -> str | None:
    for name, value in scope["headers"]:
        if name.lower() == _HEADER:
            text = value.decode("latin-1")
            return text if _SENSIBLE.fullmatch(text) else None
    return None


def _endpoint(scope: Scope) -> str:
    """The route's own path, so that the figures have as many labels as there are routes."""
    if scope["path"] in _QUIET:
        return str(scope["path"])
    return str(getattr(scope.get("route"), "path", "other"))
