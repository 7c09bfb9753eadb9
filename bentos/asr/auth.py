"""Who may call: API keys, and nobody from outside while there are none."""

import hashlib
import hmac
import ipaddress
from collections.abc import Awaitable, Callable, MutableMapping
from pathlib import Path
from typing import Any, Final

from bentos.asr.problems import problem

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

_OPEN_PATHS: Final = frozenset({"/livez", "/readyz", "/healthz", "/health"})
"""Probes carry no key and tell no secret."""


class ApiKeys:
    """The accepted keys, known by their SHA-256 alone."""

    def __init__(self, digests: frozenset[str]) -> None:
        self._digests = digests

    @classmethod
    def from_file(cls, path: Path | None) -> "ApiKeys":
        """Keys of a file with one SHA-256 in hexadecimal a line; none without a file.

        Raises:
            ValueError: The file is missing, or a line is no SHA-256.
        """
        if path is None:
            return cls(frozenset())
        try:
            lines = [line.strip().lower() for line in path.read_text("utf-8").splitlines()]
        except OSError as error:
            raise ValueError(f"{path}: no readable file of API keys: {error}") from error
        digests = [line for line in lines if line and not line.startswith("#")]
        for number, digest in enumerate(digests, start=1):
            if len(digest) != hashlib.sha256().digest_size * 2 or not _is_hex(digest):
                raise ValueError(f"{path}: key {number} is no SHA-256 in hexadecimal")
        return cls(frozenset(digests))

    def __bool__(self) -> bool:
        """Whether there is any key."""
        return bool(self._digests)

    def accepts(self, key: str) -> bool:
        """Whether ``key`` is one of them; takes the same time for all that are not."""
        offered = hashlib.sha256(key.encode()).hexdigest()
        return sum(hmac.compare_digest(offered, digest) for digest in self._digests) > 0


def _is_hex(text: str) -> bool:
    return all(letter in "0123456789abcdef" for letter in text)


class Authentication:
    """ASGI middleware that lets through who holds a key.

    Without any key configured only callers that reached the service on a loopback address are
    served, so that a service without authentication never answers a network.
    """

    def __init__(self, app: App, keys: ApiKeys) -> None:
        self._app = app
        self._keys = keys

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or answer 401 or 403."""
        if scope["type"] == "http" and scope["path"] not in _OPEN_PATHS:
            if not self._keys and not _on_loopback(scope):
                refusal = problem(
                    403,
                    "authentication-not-configured",
                    "this service has no API keys and answers on loopback only:"
                    " set OVOZ_API_KEYS_FILE",
                )
                return await refusal(scope, receive, send)
            if self._keys and not self._keys.accepts(_offered_key(scope)):
                refusal = problem(
                    401, "not-authenticated", "send a valid key in X-API-Key or as Bearer token"
                )
                return await refusal(scope, receive, send)
        return await self._app(scope, receive, send)


def _on_loopback(scope: Scope) -> bool:
    server = scope.get("server")
    try:
        return server is not None and ipaddress.ip_address(server[0]).is_loopback
    except ValueError:
        return bool(server[0] == "localhost")


def _offered_key(scope: Scope) -> str:
    headers = {name.lower(): value.decode("latin-1") for name, value in scope["headers"]}
    bearer = headers.get(b"authorization", "")
    if bearer.lower().startswith("bearer "):
        return bearer[len("bearer ") :].strip()
    return headers.get(b"x-api-key", "")
