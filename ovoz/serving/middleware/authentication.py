"""Who may call: holders of API keys and tokens, and nobody from outside while there are none."""

from typing import Final

from starlette.types import ASGIApp, Receive, Scope, Send

from ovoz.serving.auth.api_keys import ApiKeys
from ovoz.serving.auth.caller import CALLER, Caller, scope_of
from ovoz.serving.auth.network import is_loopback
from ovoz.serving.auth.tokens import Tokens
from ovoz.serving.problems import ProblemError

OPEN_PATHS: Final = frozenset({"/livez", "/readyz", "/healthz", "/health"})
"""Probes carry no key and tell no secret."""

ON_LOOPBACK: Final = Caller("loopback")
"""Whoever is on this machine while there is no authentication."""


class Authentication:
    """ASGI middleware that lets through who holds a key or a token with the scope for the path.

    Without any of them configured only callers that reached the service on a loopback address are
    served, so that a service without authentication never answers a network.

    Raises:
        ProblemError: 401 or 403.
    """

    def __init__(self, app: ASGIApp, keys: ApiKeys, tokens: Tokens | None = None) -> None:
        self._app = app
        self._keys = keys
        self._tokens = tokens

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on with its caller, or refuse it."""
        if scope["type"] in {"http", "websocket"} and scope["path"] not in OPEN_PATHS:
            scope[CALLER] = await self._caller_of(scope)
        await self._app(scope, receive, send)

    async def _caller_of(self, scope: Scope) -> Caller:
        if not self._keys and self._tokens is None:
            if _came_by_loopback(scope):
                return ON_LOOPBACK
            told = "this service has no API keys and answers on loopback only"
            raise ProblemError(403, "authentication-not-configured", told)
        caller = await self._holder_of(_offered_key(scope))
        if caller is None:
            told = "send a valid key in X-API-Key or as Bearer token"
            raise ProblemError(401, "not-authenticated", told)
        if not caller.may(scope["path"]):
            told = f"this needs the scope {scope_of(scope['path'])}"
            raise ProblemError(403, "scope-missing", told)
        return caller

    async def _holder_of(self, offered: str) -> Caller | None:
        caller = self._keys.caller(offered)
        # Only what looks like a token (three parts) may cost a fetch of the issuer's keys.
        if caller is not None or self._tokens is None or offered.count(".") != 2:
            return caller
        return await self._tokens.caller(offered)


def _came_by_loopback(scope: Scope) -> bool:
    """Whether the caller came in on a loopback address of ours; a Unix socket does not tell."""
    host, port = scope.get("server") or ("", None)
    return port is not None and is_loopback(host)


def _offered_key(scope: Scope) -> str:
    headers: dict[bytes, str] = {
        name.lower(): value.decode("latin-1") for name, value in scope["headers"]
    }
    bearer = headers.get(b"authorization", "")
    if bearer.lower().startswith("bearer "):
        return bearer[len("bearer ") :].strip()
    return headers.get(b"x-api-key", "").strip()
