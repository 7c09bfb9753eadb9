"""The server that Home Assistant connects to."""

import asyncio
import logging
from types import TracebackType
from typing import Final, Self

from ovoz_client import AsyncClient

from ovoz_wyoming.bounded_reader import BoundedReader
from ovoz_wyoming.connection import Connection
from ovoz_wyoming.settings import WyomingSettings

_LOG: Final = logging.getLogger(__name__)
_CALL_S: Final = 120.0
_DRAIN_S: Final = 10.0


class WyomingBridge:
    """Takes connections; used by ``async with``. Leaving it lets requests end for ten seconds."""

    def __init__(self, settings: WyomingSettings) -> None:
        self._settings = settings
        self._client = AsyncClient(settings.url, settings.key, timeout_s=_CALL_S)
        self._server: asyncio.Server | None = None
        self._connections: set[asyncio.Task[None]] = set()

    @property
    def port(self) -> int:
        """The port that is listened on."""
        if self._server is None:
            raise RuntimeError("the bridge is not open")
        port: int = self._server.sockets[0].getsockname()[1]
        return port

    async def __aenter__(self) -> Self:
        loop = asyncio.get_running_loop()

        def protocol() -> asyncio.StreamReaderProtocol:
            return asyncio.StreamReaderProtocol(BoundedReader(loop=loop), self._take, loop=loop)

        self._server = await loop.create_server(protocol, *self._settings.listen)
        return self

    async def __aexit__(
        self,
        _type: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        if self._server is not None:
            self._server.close()
        if self._connections:
            await asyncio.wait(self._connections, timeout=_DRAIN_S)
        for connection in self._connections:
            connection.cancel()
        await asyncio.gather(*self._connections, return_exceptions=True)
        await self._client.aclose()

    async def _take(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        peer = writer.get_extra_info("peername")[0]
        if not self._settings.admits(peer):
            _LOG.error("a connection from %s is refused: --allow does not name it", peer)
        elif len(self._connections) >= self._settings.max_requests or task is None:
            _LOG.error("a connection is refused: %d are open", len(self._connections))
        else:
            self._connections.add(task)
            task.add_done_callback(self._connections.discard)
            try:
                await Connection(self._settings, self._client, reader, writer).run()
            except Exception:
                _LOG.exception("a connection failed")
        writer.close()
