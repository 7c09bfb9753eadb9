"""The server that Asterisk connects to."""

import asyncio
import logging
from functools import partial
from types import TracebackType
from typing import Final, Self

from ovoz_client import AsyncClient

from ovoz_audiosocket.call import Call
from ovoz_audiosocket.frames import FrameError
from ovoz_audiosocket.outlets import LineOutlet, Outlet, WebhookOutlet
from ovoz_audiosocket.recordings import Recordings
from ovoz_audiosocket.settings import BridgeSettings

CALL_S: Final = 120.0
"""How long a job is offered to the service; then it waits for the next start of the bridge."""
_LOG: Final = logging.getLogger(__name__)


class Bridge:
    """Takes calls; used by ``async with``.

    Leaving it takes no new calls, gives those under way ``drain_s`` to end, and delivers what
    waits.
    """

    def __init__(self, settings: BridgeSettings) -> None:
        self._settings = settings
        self._client = AsyncClient(settings.url, settings.key, timeout_s=CALL_S)
        self._outlet: Outlet | None = None
        self._servers: list[asyncio.Server] = []
        self._calls: set[asyncio.Task[None]] = set()
        self._recordings: Recordings | None = None
        if settings.recordings is not None:
            folder = settings.recordings
            self._recordings = Recordings(folder, self._client, settings.job_webhook)

    @property
    def ports(self) -> list[int]:
        """The ports of the caller's and, where there is one, the callee's side."""
        return [server.sockets[0].getsockname()[1] for server in self._servers]

    async def __aenter__(self) -> Self:
        webhook = self._settings.webhook
        self._outlet = WebhookOutlet(webhook) if webhook else LineOutlet()
        if self._recordings is not None:
            self._hold(asyncio.create_task(self._recordings.submit_left_over()))
        sides = {"caller": self._settings.caller, "callee": self._settings.callee}
        for track, address in sides.items():
            if address is not None:
                take = partial(self._take, track)
                self._servers.append(await asyncio.start_server(take, *address))
        return self

    async def __aexit__(
        self,
        _type: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        for server in self._servers:
            server.close()
        if self._calls:
            await asyncio.wait(self._calls, timeout=self._settings.drain_s)
        for call in self._calls:  # what they have heard lies in the folder
            call.cancel()
        await asyncio.gather(*self._calls, return_exceptions=True)
        if self._outlet is not None:
            await self._outlet.close()
        await self._client.aclose()

    def _hold(self, task: asyncio.Task[None]) -> None:
        self._calls.add(task)
        task.add_done_callback(self._calls.discard)

    async def _take(
        self, track: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        task = asyncio.current_task()
        if len(self._calls) >= self._settings.max_calls or task is None or self._outlet is None:
            _LOG.error("a call is refused: %d are under way", len(self._calls))
            writer.close()
            return
        self._hold(task)
        try:
            await Call(self._settings, self._client, self._outlet, self._recordings, track).run(
                reader
            )
        except FrameError as error:
            _LOG.error("a connection of the %s's side is closed: %s", track, error)
        except Exception:
            _LOG.exception("a call failed")
        finally:
            writer.close()
