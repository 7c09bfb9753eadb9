"""One connection of a stream: audio and commands out, events in, until one side ends it."""

import asyncio
import json
from collections import deque
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any, Final

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus, WebSocketException

from ovoz_client.errors import StreamError, UnreachableError, read_retry_after
from ovoz_client.events import Event, Ready, read_event
from ovoz_client.service import Service
from ovoz_client.stream_state import Mark, StreamState

_PIECE_S: Final = 0.2
_WINDOW_S: Final = 5.0
_WINDOWS: Final = 3
"""So many windows of audio may be under way. The answer to a ping says that what was sent before it
has arrived; without that, what lies in buffers of the network could exceed what is kept."""
_KEEPALIVE_S: Final = 5.0
_READY_S: Final = 30.0


class RefusedError(UnreachableError):
    """The service is there and wants to be asked again later."""

    def __init__(self, detail: str, retry_after_s: float | None = None) -> None:
        super().__init__(detail)
        self.retry_after_s = retry_after_s


async def open_socket(service: Service, stream: str, timeout_s: float) -> ClientConnection:
    """A connection of the stream of this name: a gateway sends all of them to one service.

    Raises:
        UnreachableError: There is nobody, or (RefusedError) no place at the moment.
        StreamError: The service refuses.
    """
    try:
        return await connect(
            f"{service.socket_url}?stream={stream}",
            additional_headers=service.headers,
            user_agent_header=None,
            compression=None,  # speech does not shrink
            open_timeout=timeout_s,
            ping_interval=10,
            ping_timeout=30,
            close_timeout=2,
            max_size=2**24,
            ssl=service.ssl_context if service.url.startswith("https") else None,
            proxy=True if service.trust_env else None,
        )
    except InvalidStatus as error:
        status = error.response.status_code
        detail = f"{service.url}: the socket was refused with HTTP {status}"
        if status in {408, 425, 429, 502, 503, 504}:
            again_s = read_retry_after(error.response.headers.get("Retry-After"))
            raise RefusedError(detail, again_s) from error
        raise StreamError(f"http-{status}", detail) from error
    except (OSError, TimeoutError, WebSocketException) as error:
        detail = str(error) or type(error).__name__
        raise UnreachableError(f"{service.url}: {detail}") from error


class Connection:
    """A socket of a stream.

    Args:
        socket: just opened.
        state: of the stream.
        report: is given each event.
    """

    def __init__(
        self, socket: ClientConnection, state: StreamState, report: Callable[[Event], None]
    ) -> None:
        self._socket = socket
        self._state = state
        self._report = report

    async def start(self) -> tuple[int, bool]:
        """Greet; where audio goes on, and whether that is further than before.

        Raises:
            ConnectionClosed: The service closed instead; the state has its fault.
            TimeoutError: It does not answer.
        """
        self._state.fault = None
        await self._say(self._state.start_message)
        async with asyncio.timeout(_READY_S):
            while True:
                message = json.loads(await self._socket.recv())
                event = read_event(message)
                if isinstance(event, Ready):
                    self._report(event)
                    return self._state.begin(event)
                self._state.fault = message if message.get("type") == "error" else None

    async def carry(self, place: int, on_progress: Callable[[], None]) -> None:
        """Send from ``place`` on and report events until the service closes.

        Raises:
            ConnectionClosed: It did.
        """
        work = {
            asyncio.create_task(self._read(on_progress), name="ovoz-stream-reader"),
            asyncio.create_task(self._write(place), name="ovoz-stream-writer"),
        }
        try:
            ended, _ = await asyncio.wait(work, return_when=asyncio.FIRST_EXCEPTION)
            for task in ended:
                task.result()
        finally:
            for task in work:
                task.cancel()
            await asyncio.gather(*work, return_exceptions=True)

    async def _read(self, on_progress: Callable[[], None]) -> None:
        while True:
            message: dict[str, Any] = json.loads(await self._socket.recv())
            if message.get("type") == "error":
                self._state.fault = message
                continue
            on_progress()
            event = self._state.take(message)
            if event is not None:
                self._report(event)
            if message.get("type") == "final":
                with suppress(ConnectionClosed):  # what came before the end is still to be read
                    await self._say({"type": "ack", "seq": message["seq"]})

    async def _write(self, place: int) -> None:
        state, piece_bytes = self._state, self._state.options.bytes_of(_PIECE_S)
        told = [mark for mark in state.marks if mark.place < place and mark.type != "stop"]
        arrivals = _Arrivals(self._socket, state.options.bytes_of(_WINDOW_S))
        try:
            while True:
                mark = next((mark for mark in state.marks if mark not in told), None)
                limit = min(piece_bytes, mark.place - place) if mark else piece_bytes
                if piece := state.audio.read(place, limit):
                    await self._socket.send(piece)
                    place += len(piece)
                    await arrivals.count(len(piece))
                    async with state.changed:
                        state.note_sent(place)
                        state.changed.notify_all()
                elif mark is not None:
                    await self._say({"type": mark.type})
                    told.append(mark)
                else:
                    await self._wait_for_work(place, told)
        except ConnectionClosed:
            return  # the reader learns of it too, and knows why

    async def _wait_for_work(self, place: int, told: list[Mark]) -> None:
        state = self._state

        def is_work() -> bool:
            return state.audio.end > place or any(mark not in told for mark in state.marks)

        try:
            async with asyncio.timeout(_KEEPALIVE_S), state.changed:
                await state.changed.wait_for(is_work)
        except TimeoutError:
            await self._say({"type": "keepalive"})

    async def _say(self, message: dict[str, Any]) -> None:
        await self._socket.send(json.dumps(message))


class _Arrivals:
    """Bounds the audio that is sent and not known to have arrived."""

    def __init__(self, socket: ClientConnection, window_bytes: int) -> None:
        self._socket = socket
        self._window_bytes = window_bytes
        self._uncounted = 0
        self._awaited: deque[Awaitable[float]] = deque()

    async def count(self, size: int) -> None:
        self._uncounted += size
        if self._uncounted < self._window_bytes:
            return
        self._uncounted = 0
        self._awaited.append(await self._socket.ping())
        if len(self._awaited) >= _WINDOWS:
            await self._awaited.popleft()
