"""One socket with a session on it: reads commands, writes events, and closes with a reason."""

import asyncio
import contextlib
import json
import logging
from collections.abc import Sequence
from typing import Any, Final

from starlette.websockets import WebSocket, WebSocketDisconnect, WebSocketState

from ovoz.audio.containers import AudioError
from ovoz.serving.live.events import SocketFaultError
from ovoz.serving.live.pacing import Pacing
from ovoz.serving.live.quota import AudioQuota
from ovoz.serving.live.session import LiveSession
from ovoz.serving.live.sessions import LiveSessions
from ovoz.serving.middleware.access_log import SESSION
from ovoz.serving.problems import ProblemError, problem_of
from ovoz.serving.sockets.credentials import rates_of
from ovoz.serving.sockets.dialogue import (
    AcknowledgeCommand,
    AudioCommand,
    Command,
    Dialogue,
    FinalizeCommand,
    Message,
    ReplyCommand,
    StopCommand,
)
from ovoz.serving.stream_settings import StreamSettings
from ovoz.serving.telemetry.usage import usage_of

_NORMAL: Final = 1000
_FINISH_S: Final = 60.0
"""For the finals after a client's stop; then its service is overloaded."""
_LONGEST_REASON: Final = 100
"""Characters; a close frame has room for 123 bytes."""
_LOG: Final = logging.getLogger(__name__)


class SocketGoneError(Exception):
    """The client is away, or does not read."""


class Connection:
    """A socket of a client, whatever protocol it speaks.

    Args:
        socket: Accepted.
        settings: Limits.
    """

    def __init__(self, socket: WebSocket, settings: StreamSettings) -> None:
        self.socket = socket
        self._settings = settings
        self._interrupted, self._released = asyncio.Event(), asyncio.Event()
        self._fault: SocketFaultError | None = None

    def interrupt(self, fault: SocketFaultError) -> None:
        """End the socket from outside."""
        self._fault = self._fault or fault
        self._interrupted.set()

    async def receive(self) -> str | bytes:
        """The next message.

        Raises:
            SocketGoneError: The client is gone.
            SocketFaultError: 1009, it is too large; 1008, none came in time.
        """
        try:
            # Not wait_for: that of Python 3.11 may lose a cancellation to a message.
            async with asyncio.timeout(self._settings.idle_s):
                message = await self.socket.receive()
        except TimeoutError:
            detail = f"no message for {self._settings.idle_s:g} s: send keepalive"
            raise SocketFaultError(1008, "idle", detail, finish=True) from None
        except RuntimeError as error:  # starlette's, once a disconnect was received
            raise SocketGoneError from error
        if message["type"] != "websocket.receive":
            raise SocketGoneError
        content: str | bytes = message.get("text") or message.get("bytes") or b""
        if len(content) > self._settings.max_frame_bytes:
            limit = self._settings.max_frame_bytes
            raise SocketFaultError(
                1009, "message-too-large", f"a message has {limit} bytes at most"
            )
        return content

    async def send(self, messages: Sequence[Message]) -> None:
        """Send messages.

        Raises:
            SocketGoneError: The client is gone or reads nothing.
        """
        for message in messages:
            text = json.dumps(message, ensure_ascii=False)
            try:
                async with asyncio.timeout(self._settings.send_s):
                    await self.socket.send_text(text)
            except (TimeoutError, RuntimeError, OSError, WebSocketDisconnect) as error:
                raise SocketGoneError from error

    async def close(self, code: int, reason: str = "") -> None:
        """Close the socket, if it is not closed."""
        if self.socket.application_state is WebSocketState.DISCONNECTED:
            return
        with contextlib.suppress(RuntimeError, OSError, TimeoutError, WebSocketDisconnect):
            async with asyncio.timeout(self._settings.send_s):
                await self.socket.close(code, reason[:_LONGEST_REASON])

    async def released(self) -> None:
        """Return when the socket reads and writes nothing more of its session."""
        await self._released.wait()

    async def refuse(self, messages: Sequence[Message], fault: SocketFaultError) -> None:
        """Say what is wrong, and close."""
        await self._say_goodbye(messages, fault)

    async def serve(
        self,
        sessions: LiveSessions,
        session: LiveSession,
        dialogue: Dialogue,
        *,
        greeting: Sequence[Message] = (),
        first: Sequence[Command] = (),
    ) -> None:
        """Carry a session until it ends, its client leaves, or somebody interrupts.

        Args:
            sessions: Where the session is from.
            session: Carries on where it was.
            dialogue: The protocol.
            greeting: Sent before all else.
            first: Commands received before the session was open.
        """
        scope = self.socket.scope
        scope[SESSION] = session.id
        session.usage = usage_of(scope)
        quota = AudioQuota(rates_of(self.socket), session.caller, session.usage)
        reading = asyncio.create_task(self._read(session, dialogue, quota, first))
        writing = asyncio.create_task(self._write(session, dialogue, greeting))
        stirring = asyncio.create_task(self._interrupted.wait())
        over = True
        messages: list[Message] = []
        fault: SocketFaultError | None = None
        try:
            fault = await self._wait(reading, writing, stirring)
            if fault is not None and fault.finish:
                await self._finish(session, writing)
            over = fault is None or not fault.keeps_session
            messages = dialogue.write_fault(fault) if fault else dialogue.write_end(session)
        except SocketGoneError:
            over = not dialogue.is_resumable
        finally:
            for task in (reading, writing, stirring):
                task.cancel()
            await asyncio.gather(reading, writing, stirring, return_exceptions=True)
            await sessions.leave(session, self, for_good=over)
            self._released.set()
        # Whoever takes the session over does not wait for a client that may be gone.
        await self._say_goodbye(messages, fault)

    async def _say_goodbye(
        self, messages: Sequence[Message], fault: SocketFaultError | None
    ) -> None:
        with contextlib.suppress(SocketGoneError):
            await self.send(messages)
        if fault is None:
            await self.close(_NORMAL)
        else:
            await self.close(fault.code, fault.kind)

    async def _wait(
        self,
        reading: "asyncio.Task[None]",
        writing: "asyncio.Task[None]",
        stirring: "asyncio.Task[bool]",
    ) -> SocketFaultError | None:
        """Why it is over; None when everything was said."""
        tasks: set[asyncio.Task[Any]] = {reading, writing, stirring}
        while True:
            limit_s = None if reading in tasks else _FINISH_S
            done, _ = await asyncio.wait(
                tasks, timeout=limit_s, return_when=asyncio.FIRST_COMPLETED
            )
            if not done:
                return SocketFaultError(1013, "overloaded", "the last words took too long")
            if stirring in done:
                return self._fault
            for task in (writing, reading):
                if task in done and (error := task.exception()) is not None:
                    return _fault_of(error)
            if writing in done:
                return None
            tasks.discard(reading)  # the client said stop: its events are still written

    async def _finish(self, session: LiveSession, writing: "asyncio.Task[None]") -> None:
        """Send the finals of what was received, for a while."""
        await session.stop()
        await asyncio.wait({writing}, timeout=self._settings.drain_s)

    async def _read(
        self,
        session: LiveSession,
        dialogue: Dialogue,
        quota: AudioQuota,
        first: Sequence[Command],
    ) -> None:
        pacing = Pacing(self._settings)
        for command in first:
            await self._obey(command, session, pacing, quota)
        while True:
            content = await self.receive()
            command = (
                AudioCommand(content) if isinstance(content, bytes) else dialogue.read(content)
            )
            await self._obey(command, session, pacing, quota)
            if isinstance(command, StopCommand):
                return
            if session.silent_s > self._settings.silent_s:
                detail = f"no audio for {self._settings.silent_s:g} s"
                raise SocketFaultError(1008, "idle", detail, finish=True)

    async def _obey(
        self, command: Command, session: LiveSession, pacing: Pacing, quota: AudioQuota
    ) -> None:
        match command:
            case AudioCommand(content):
                await pacing.wait(session)
                await session.feed(content)
                if session.position_s > self._settings.max_session_s:
                    detail = f"a session has {self._settings.max_session_s:g} s of audio at most"
                    raise SocketFaultError(1008, "session-too-long", detail, finish=True)
                await quota.spend()
            case FinalizeCommand():
                await session.finalize()
            case StopCommand():
                await session.stop()
            case AcknowledgeCommand(seq):
                session.outbox.acknowledge(seq)
            case ReplyCommand(messages):
                await self.send(messages)

    async def _write(
        self, session: LiveSession, dialogue: Dialogue, greeting: Sequence[Message]
    ) -> None:
        await self.send(greeting)
        while (numbered := await session.outbox.get()) is not None:
            await self.send(dialogue.write(numbered))
        if session.fault is not None:
            raise session.fault


def _fault_of(error: BaseException) -> SocketFaultError:
    """The fault that an error of a task is; a client that is gone is none."""
    if isinstance(error, SocketFaultError):
        return error
    if isinstance(error, AudioError | ProblemError):
        return SocketFaultError.of(problem_of(error))
    if isinstance(error, SocketGoneError):
        raise error
    _LOG.error("a socket failed", exc_info=error)
    return SocketFaultError(1011, "internal-fault", "the service failed on this session; logged")
