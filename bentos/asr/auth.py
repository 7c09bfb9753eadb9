"""Who may call: API keys, and nobody from outside while there are none."""

import hashlib
import hmac
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from starlette.responses import Response

from bentos.asr.asgi import App, Receive, Scope, Send
from bentos.asr.listening import is_loopback
from bentos.asr.problems import problem

OPEN_PATHS: Final = frozenset({"/livez", "/readyz", "/healthz", "/health"})
"""Probes carry no key and tell no secret."""

_HEX_LETTERS: Final = frozenset("0123456789abcdef")
_POLICY_VIOLATION: Final = 1008


class ApiKeys:
    """The accepted keys, known by their SHA-256 alone.

    Args:
        digests: one SHA-256 in hexadecimal a key.

    Raises:
        ValueError: a digest is no SHA-256; the message gives its place and never the value,
            which may be a key written there by mistake.
    """

    def __init__(self, digests: Iterable[str] = ()) -> None:
        lowered = [digest.lower() for digest in digests]
        for place, digest in enumerate(lowered, start=1):
            if not _is_sha256(digest):
                raise ValueError(f"API key {place} is no SHA-256 in hexadecimal")
        self._digests = frozenset(lowered)

    @classmethod
    def configured(cls, listed: str = "", path: Path | None = None) -> "ApiKeys":
        """Keys of a list of digests and of a file with one digest a line (``#``: comment).

        Args:
            listed: digests apart by commas or white space; may be empty.
            path: the file, if any.

        Raises:
            ValueError: the file is missing or holds no key, or one of either is no SHA-256.
        """
        in_file = _digests_of(path) if path is not None else []
        return cls([*listed.replace(",", " ").split(), *in_file])

    def __bool__(self) -> bool:
        """Whether there is any key."""
        return bool(self._digests)

    def accepts(self, key: str) -> bool:
        """Whether ``key`` is one of them; takes the same time for all that are not."""
        offered = hashlib.sha256(key.encode()).hexdigest()
        return sum(hmac.compare_digest(offered, digest) for digest in self._digests) > 0


def _digests_of(path: Path) -> list[str]:
    try:
        lines = [line.strip() for line in path.read_text("utf-8").splitlines()]
    except (OSError, UnicodeDecodeError) as error:
        raise ValueError(f"{path}: no readable file of API keys: {error}") from error
    digests = [line for line in lines if line and not line.startswith("#")]
    if not digests:
        raise ValueError(f"{path}: holds no key: write the SHA-256 of one, or name no file")
    for place, digest in enumerate(digests, start=1):
        if not _is_sha256(digest.lower()):
            raise ValueError(f"{path}: key {place} is no SHA-256 in hexadecimal")
    return digests


def _is_sha256(text: str) -> bool:
    return len(text) == hashlib.sha256().digest_size * 2 and set(text) <= _HEX_LETTERS


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
        refusal = self._refusal(scope)
        if refusal is None:
            return await self._app(scope, receive, send)
        if scope["type"] == "websocket":
            return await send({"type": "websocket.close", "code": _POLICY_VIOLATION})
        return await refusal(scope, receive, send)

    def _refusal(self, scope: Scope) -> Response | None:
        if scope["type"] not in {"http", "websocket"} or scope["path"] in OPEN_PATHS:
            return None
        if not self._keys:
            return None if _came_by_loopback(scope) else _not_configured()
        return None if self._keys.accepts(_offered_key(scope)) else _not_authenticated()


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
    return headers.get(b"x-api-key", "")


def _not_configured() -> Response:
    return problem(
        403,
        "authentication-not-configured",
        "this service has no API keys and answers on loopback only",
    )


def _not_authenticated() -> Response:
    return problem(401, "not-authenticated", "send a valid key in X-API-Key or as Bearer token")
