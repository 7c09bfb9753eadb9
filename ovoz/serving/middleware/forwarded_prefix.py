"""Addresses in answers behind a proxy that serves us under a prefix."""

import re
from typing import Final
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_SENSIBLE: Final = re.compile(r"(/[A-Za-z0-9._~-]+)+")


class ForwardedPrefix:
    """ASGI middleware that puts ``X-Forwarded-Prefix`` before the path of every ``Location``."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on."""
        if scope["type"] != "http":
            return await self._app(scope, receive, send)
        prefix = Headers(scope=scope).get("x-forwarded-prefix", "").rstrip("/")

        async def prefixed(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                if location := headers.get("location"):
                    parts = urlsplit(location)
                    headers["location"] = parts._replace(path=prefix + parts.path).geturl()
            await send(message)

        known = _SENSIBLE.fullmatch(prefix) is not None
        return await self._app(scope, receive, prefixed if known else send)
