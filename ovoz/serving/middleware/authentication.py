"""Who may call: holders of API keys and tokens, and nobody from outside while there are none."""

from collections.abc import Sequence
from functools import partial
from typing import Final
from urllib.parse import parse_qs, urlsplit

from starlette.types import ASGIApp, Receive, Scope, Send

from ovoz.serving.auth.api_keys import ApiKeys
from ovoz.serving.auth.caller import AUTHENTICATE, CALLER, LOOPBACK, Caller, scope_of
from ovoz.serving.auth.key_set import KeySet
from ovoz.serving.auth.network import is_loopback
from ovoz.serving.auth.tokens import Tokens
from ovoz.serving.neighbours import show_neighbour
from ovoz.serving.problems import ProblemError

OPEN_PATHS: Final = frozenset({"/livez", "/readyz", "/healthz", "/health"})
"""Probes carry no key and tell no secret."""

PAGE_FILES: Final = "/page/"
"""What the page at ``/`` is made of: it must be there to ask for a key."""

ON_LOOPBACK: Final = Caller(LOOPBACK)
"""Whoever is on this machine while there is no authentication."""


class Authentication:
    """ASGI middleware that lets through who holds a key or a token with the scope for the path.

    Without any of them configured only callers that reached the service on a loopback address are
    served, so that a service without authentication never answers a network. A socket may show
    its key in its address or in its first message, as browsers cannot set headers; one from a page
    of another origin than ours and those of ``origins`` is refused.

    Raises:
        ProblemError: 401 or 403.
    """

    def __init__(
        self,
        app: ASGIApp,
        keys: ApiKeys,
        tokens: Tokens | None = None,
        origins: Sequence[str] = (),
    ) -> None:
        self._app = app
        self._origins = frozenset(origins)
        self._keys = keys
        self._tokens = tokens

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on with its caller, or refuse it."""
        if self._tokens is not None and isinstance(self._tokens.keys, KeySet):
            show_neighbour(scope, "keys", self._tokens.keys)
        if scope["type"] in {"http", "websocket"} and not _is_open(scope["path"]):
            if scope["type"] == "websocket":
                self._check_origin(scope)
            offered = _offered_key(scope)
            if scope["type"] == "websocket" and not offered and self._is_configured:
                scope[AUTHENTICATE] = partial(self._caller_of, scope)
            else:
                scope[CALLER] = await self._caller_of(scope, offered)
        await self._app(scope, receive, send)

    @property
    def _is_configured(self) -> bool:
        return bool(self._keys) or self._tokens is not None

    def _check_origin(self, scope: Scope) -> None:
        """Browsers let any page open a socket to any address, a loopback one included."""
        headers = dict(scope["headers"])
        origin = headers.get(b"origin", b"").decode("latin-1")
        host = headers.get(b"host", b"").decode("latin-1")
        if origin and urlsplit(origin).netloc != host and origin not in self._origins:
            raise ProblemError(403, "origin-refused", "pages of this origin may not call")

    async def _caller_of(self, scope: Scope, offered: str) -> Caller:
        if not self._is_configured:
            if _came_by_loopback(scope):
                return ON_LOOPBACK
            told = "this service has no API keys and answers on loopback only"
            raise ProblemError(403, "authentication-not-configured", told)
        caller = await self._holder_of(offered)
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


def _is_open(path: str) -> bool:
    return path in OPEN_PATHS or path == "/" or path.startswith(PAGE_FILES)


def _came_by_loopback(scope: Scope) -> bool:
    """Whether the caller came in on a loopback address of ours; a Unix socket does not tell."""
    host, port = scope.get("server") or ("", None)
    return port is not None and is_loopback(host)


def _offered_key(scope: Scope) -> str:
    headers: dict[bytes, str] = {
        name.lower(): value.decode("latin-1") for name, value in scope["headers"]
    }
    bearer = headers.get(b"authorization", "")
    scheme, _, credentials = bearer.partition(" ")
    # "Token" is what Deepgram's clients send.
    if scheme.lower() in {"bearer", "token"}:
        return credentials.strip()
    key = headers.get(b"x-api-key", "").strip()
    if key or scope["type"] != "websocket":
        return key
    asked: bytes = scope.get("query_string", b"")
    query = parse_qs(asked.decode("latin-1"))
    return query.get("token", [""])[0].strip()
