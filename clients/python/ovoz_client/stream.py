"""A live stream that outlives its connections: nothing is lost or repeated by a drop."""

import asyncio
import random
import time
import uuid
from collections.abc import AsyncIterator
from typing import Final, Self

from websockets.exceptions import ConnectionClosed

from ovoz_client.connection import Connection, RefusedError, open_socket
from ovoz_client.errors import OvozError, StreamError, UnreachableError
from ovoz_client.event_queue import EventQueue
from ovoz_client.events import Event, Ready
from ovoz_client.service import Service
from ovoz_client.stream_options import StreamOptions
from ovoz_client.stream_state import Mark, StreamState

_OPEN_S: Final = 15.0
_CONNECT_S: Final = 10.0
_PAUSE_S: Final = (0.25, 8.0)
_KEPT_S: Final = 60.0
_STEADY_S: Final = 5.0
"""A connection that held for so long was a good one, even if nobody spoke."""
_FORGOTTEN: Final = "unknown-session"
_REASONED: Final = frozenset({1008, 1009, 1011})
"""Codes whose reason is the name of a fault, where no message could be sent."""
_TRY_LATER: Final = frozenset({1012, 1013})


class Stream:
    """Audio in, events out; used by ``async with``.

    Args:
        service: where it is.
        options: of the audio.
        patience_s: how long a dropped stream tries to come back before it fails. Meanwhile it takes
            a minute of audio; then :meth:`send` waits.

    Entering raises :class:`UnreachableError` or :class:`StreamError` when the service cannot be
    reached or refuses; sending and iterating raise what ended the stream before its end.
    """

    def __init__(
        self, service: Service, options: StreamOptions, *, patience_s: float = 60.0
    ) -> None:
        self._service = service
        self._patience_s = patience_s
        self._state = StreamState(options, _KEPT_S)
        self._name = uuid.uuid4().hex
        self._events = EventQueue()
        self._opened: asyncio.Future[Ready] | None = None
        self._task: asyncio.Task[None] | None = None
        self._error: Exception | None = None
        self._tries = 0
        self._well_at = 0.0

    async def __aenter__(self) -> Self:
        self._opened = asyncio.get_running_loop().create_future()
        self._task = asyncio.create_task(self._run(), name="ovoz-stream")
        try:
            await self._opened
        except BaseException:
            await self._cancel()
            raise
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._cancel()

    async def send(self, audio: bytes) -> None:
        """Add audio, cut anywhere; waits while a minute of it is unsent."""
        state = self._state
        if state.is_stopping:
            raise ValueError("the stream was stopped: no audio can follow")
        async with state.changed:
            state.audio.append(audio)
            state.changed.notify_all()
            await state.changed.wait_for(
                lambda: self._error or state.audio.end - state.sent <= state.capacity
            )
        self._check()

    async def finalize(self) -> None:
        """End the open segment here; its final transcript and :class:`Finalized` follow."""
        await self._mark("finalize")

    async def stop(self) -> None:
        """No more audio; the last finals and :class:`Done` follow."""
        if not self._state.is_stopping:
            self._state.is_stopping = True
            await self._mark("stop")

    async def __aiter__(self) -> AsyncIterator[Event]:
        """Events until the end."""
        while (event := await self.next_event()) is not None:
            yield event

    async def next_event(self) -> Event | None:
        """The next event; None behind the last one."""
        try:
            return await self._events.get()
        except StopAsyncIteration:
            return None

    async def _mark(self, kind: str) -> None:
        self._check()
        state = self._state
        async with state.changed:
            state.marks.append(Mark(state.audio.end, "stop" if kind == "stop" else "finalize"))
            state.changed.notify_all()

    def _check(self) -> None:
        if self._error is not None:
            raise self._error

    async def _cancel(self) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def _run(self) -> None:
        error: Exception | None = None
        self._well_at = time.monotonic()
        try:
            while not self._state.is_done:
                await self._connect_once()
        except Exception as fault:  # whoever sends or iterates gets it
            error = fault
        await self._end(error)

    async def _end(self, error: Exception | None) -> None:
        self._error = error
        self._events.close(error)
        if self._opened is not None and not self._opened.done():
            self._opened.set_exception(error or UnreachableError("the stream ended at once"))
        async with self._state.changed:
            self._state.changed.notify_all()

    async def _connect_once(self) -> None:
        """One connection from its opening to its end; returns when the next one may be tried."""
        retry_after_s: float | None = None
        try:
            socket = await open_socket(self._service, self._name, min(_CONNECT_S, self._left_s))
            async with socket:
                connection = Connection(socket, self._state, self._report)
                place, is_further = await connection.start()
                if is_further:
                    self._note_progress()
                begun_at = time.monotonic()
                try:
                    await connection.carry(place, self._note_progress)
                finally:
                    if time.monotonic() - begun_at > _STEADY_S:
                        self._note_progress()
        except ConnectionClosed as closed:
            problem = self._judge(closed)
        except RefusedError as error:
            problem, retry_after_s = error, error.retry_after_s
        except (UnreachableError, TimeoutError) as error:
            problem = error if isinstance(error, OvozError) else UnreachableError(str(error))
        except ValueError as error:
            raise StreamError("audio-forgotten", str(error)) from error
        if not self._state.is_done:
            await self._pause(problem, retry_after_s)

    def _judge(self, closed: ConnectionClosed) -> OvozError:
        """What a closed connection means for the next one.

        Raises:
            StreamError: There can be none.
        """
        code, reason = (closed.rcvd.code, closed.rcvd.reason) if closed.rcvd else (None, "")
        fault = self._state.fault or {"code": reason if code in _REASONED else ""}
        kind, detail = str(fault["code"]), str(fault.get("message", ""))
        detail = detail or f"the service closed the stream: {reason or code or 'the line is cut'}"
        error = StreamError(kind or "dropped", detail, code)
        if self._state.is_done:
            return error
        if not self._state.options.is_resumable and self._state.session_id:
            raise StreamError("not-resumable", "a stream of Opus was dropped", code)
        if kind == _FORGOTTEN and self._state.session_id:
            self._state.restart()
        elif kind and code not in _TRY_LATER:
            raise error
        return error

    @property
    def _left_s(self) -> float:
        is_open = bool(self._opened and self._opened.done())
        allowed_s = self._patience_s if is_open else min(_OPEN_S, self._patience_s)
        return max(0.1, self._well_at + allowed_s - time.monotonic())

    async def _pause(self, problem: OvozError, retry_after_s: float | None) -> None:
        """Wait before the next try, longer each time and drawn by lot.

        Raises:
            OvozError: The stream has no time left for one.
        """
        longest_s = min(_PAUSE_S[1], _PAUSE_S[0] * 2**self._tries)
        pause_s = longest_s * random.uniform(0.5, 1)  # noqa: S311  (no secret)
        pause_s = max(pause_s, retry_after_s or 0.0)
        if pause_s >= self._left_s:
            raise problem
        self._tries += 1
        await asyncio.sleep(pause_s)

    def _note_progress(self) -> None:
        self._tries = 0
        self._well_at = time.monotonic()

    def _report(self, event: Event) -> None:
        if isinstance(event, Ready) and self._opened is not None and not self._opened.done():
            self._opened.set_result(event)
        self._events.put(event)
