"""How many bytes a request may have, whatever its headers say."""

from typing import Final

from bentos.asr.asgi import App, Message, Receive, Scope, Send
from bentos.asr.problems import too_large

MULTIPART_OVERHEAD: Final = 64 * 1024
"""Bytes that boundaries, part headers and the other fields may add to the file."""


class _TooLargeError(Exception):
    """The body passed the limit while it was read."""


class BodyLimit:
    """ASGI middleware that ends a request whose body is too large, and reads no further.

    A length in the headers is believed when it is too large; otherwise the bytes are counted as
    they come, so a chunked upload that never ends fills neither memory nor disk.

    Args:
        app: what is guarded.
        max_upload_bytes: largest file; the body may be :data:`MULTIPART_OVERHEAD` larger.
    """

    def __init__(self, app: App, max_upload_bytes: int) -> None:
        self._app = app
        self._limit = max_upload_bytes
        self._most = max_upload_bytes + MULTIPART_OVERHEAD

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or answer 413."""
        if scope["type"] != "http":
            return await self._app(scope, receive, send)
        if _declared_length(scope) > self._most:
            return await self._refuse(scope, receive, send)
        started = False

        async def noting_start(message: Message) -> None:
            nonlocal started
            started = True
            await send(message)

        try:
            await self._app(scope, self._counted(receive), noting_start)
        except _TooLargeError:
            if started:  # an answer is under way: only the connection can still be ended
                raise
            await self._refuse(scope, receive, send)

    def _counted(self, receive: Receive) -> Receive:
        read = 0

        async def counting() -> Message:
            nonlocal read
            message = await receive()
            read += len(message.get("body", b""))
            if read > self._most:
                raise _TooLargeError
            return message

        return counting

    async def _refuse(self, scope: Scope, receive: Receive, send: Send) -> None:
        await too_large(self._limit)(scope, receive, send)


def _declared_length(scope: Scope) -> int:
    for name, value in scope["headers"]:
        if name.lower() == b"content-length" and value.isdigit():
            return int(value)
    return 0
