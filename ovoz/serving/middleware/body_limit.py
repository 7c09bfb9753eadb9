"""How much a request may send."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ovoz.serving.problems import ProblemError

MULTIPART_OVERHEAD: Final = 64 * 1024
"""Bytes that a form may have around the file in it."""


class BodyLimit:
    """ASGI middleware that stops reading a body at ``max_bytes``.

    A body that says its length is refused before it is read; one that does not (chunked) is
    counted as it comes, so that no upload fills the disk that its parts are spooled to. Paths in
    ``of_path`` have a limit of their own. A form may have :data:`MULTIPART_OVERHEAD` more.

    Raises:
        ProblemError: 413 ``audio-too-large``, for the application's own handler.
    """

    def __init__(
        self, app: ASGIApp, max_bytes: int, of_path: Mapping[str, int] = MappingProxyType({})
    ) -> None:
        self._app = app
        self._max_bytes = max_bytes
        self._of_path = of_path

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on with its body counted."""
        if scope["type"] != "http":
            return await self._app(scope, receive, send)
        max_bytes = self._of_path.get(scope["path"].rstrip("/"), self._max_bytes)
        announced = dict(scope["headers"]).get(b"content-length", b"")
        most = max_bytes + MULTIPART_OVERHEAD
        too_much = announced.isdigit() and int(announced) > most
        taken = 0

        async def counted() -> Message:
            nonlocal taken
            if too_much:
                raise _too_large(max_bytes)
            message = await receive()
            taken += len(message.get("body", b""))
            if taken > most:
                raise _too_large(max_bytes)
            return message

        return await self._app(scope, counted, send)


def _too_large(max_bytes: int) -> ProblemError:
    return ProblemError(413, "audio-too-large", f"an upload may have {max_bytes} bytes at most")
