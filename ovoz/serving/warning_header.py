"""Warnings: what an answer's reader should know, in a header of the response."""

from collections.abc import MutableMapping
from typing import Any, Final

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

HEADER: Final = "X-Ovoz-Warning"
"""HTTP's own ``Warning`` is for caches, and obsolete (RFC 9111)."""

_IN_SCOPE: Final = "ovoz.warnings"
_LONGEST: Final = 2_000
"""Servers in between refuse long headers."""


def warn(scope: MutableMapping[str, Any], sentence: str) -> None:
    """Add a sentence to the warnings of the request with this ASGI scope."""
    scope.setdefault(_IN_SCOPE, []).append(sentence)


class WarningHeader:
    """ASGI middleware that gives a response the warnings of its request."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on."""
        if scope["type"] != "http":
            return await self._app(scope, receive, send)
        warnings: list[str] = scope.setdefault(_IN_SCOPE, [])

        async def with_warnings(message: Message) -> None:
            if message["type"] == "http.response.start" and warnings:
                # Names of fields are the caller's own, and may hold anything.
                told = "; ".join(warnings).encode("ascii", "backslashreplace").decode()
                told = "".join(letter if letter.isprintable() else "?" for letter in told)
                MutableHeaders(scope=message)[HEADER] = told[:_LONGEST]
            await send(message)

        return await self._app(scope, receive, with_warnings)
