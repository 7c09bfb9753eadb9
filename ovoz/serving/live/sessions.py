"""All live sessions of this process: how many there may be, who comes back, how they end."""

import asyncio
import logging
import time
from dataclasses import dataclass
from typing import Final, Protocol

import numpy as np

from ovoz.audio.signal import Seconds
from ovoz.serving.inference.lanes import Lane
from ovoz.serving.inference.model import require_language
from ovoz.serving.inference.options import RecognitionRequest
from ovoz.serving.inference.redaction import check_redaction
from ovoz.serving.inference.transcriber import Transcriber
from ovoz.serving.live.events import SocketFaultError
from ovoz.serving.live.options import StreamOptions
from ovoz.serving.live.session import LiveSession
from ovoz.serving.live.snapshot import Snapshots
from ovoz.serving.store_settings import MEMORY
from ovoz.serving.stream_settings import StreamSettings
from ovoz.serving.telemetry import metrics

_TICK_S: Final = 0.1
_LOG: Final = logging.getLogger(__name__)


class Attached(Protocol):
    """The socket that a session is on."""

    def interrupt(self, fault: SocketFaultError) -> None:
        """End it; with ``fault.finish`` everything received is recognised and sent before."""
        ...

    async def released(self) -> None:
        """Return when it reads and writes nothing more of its session."""
        ...


@dataclass(slots=True)
class _Entry:
    session: LiveSession
    socket: Attached | None
    left_at: Seconds = 0.0


class LiveSessions:
    """The sessions of this process.

    Args:
        service: The model's queue, and settings.
    """

    def __init__(self, service: Transcriber) -> None:
        self._service = service
        self._entries: dict[str, _Entry] = {}
        self._ticking: asyncio.Task[None] | None = None
        self._is_draining = False
        streams = self._settings
        self._snapshots = (
            Snapshots(streams.resume_url, streams.resume_s)
            if streams.resume_s and streams.resume_url != MEMORY
            else None
        )

    @property
    def count(self) -> int:
        """Sessions, those that wait for their client included."""
        return len(self._entries)

    async def open(self, options: StreamOptions, caller: str, socket: Attached) -> LiveSession:
        """A new session.

        Raises:
            AudioError: The format of the audio is not accepted.
            HotWordsError: The hot words cannot be used.
            ProblemError: The model is not loaded, or does not have the language of the hint.
            WritingError: What is to be taken out would not be found in these languages.
            SocketFaultError: 1013, there is no place; 1012, the service stops.
        """
        self._make_place()
        hint = options.recognition.language_hint
        model = self._service.model_for(caller, hint)
        require_language(model, hint)
        check_redaction(model, options.recognition)
        save = self._save if self._snapshots else None
        session = LiveSession(self._service, model, options, caller, save=save)
        if options.recognition.hot_words:
            # Better said now than after the first words: no audio, but the same options.
            nothing = RecognitionRequest(np.zeros(0, np.float32), options.recognition)
            await self._service.queue.transcribe(model, nothing, Lane.FINALS)
        self._add(session, socket)
        return session

    async def resume(
        self, session_id: str, last_seq: int, options: StreamOptions, caller: str, socket: Attached
    ) -> LiveSession:
        """The session that a client comes back to; what came after ``last_seq`` is sent again.

        Raises:
            SocketFaultError: 1008, there is no such session of this caller; or as :meth:`open`.
        """
        entry = self._entries.get(session_id)
        if entry is not None and entry.session.caller == caller:
            if entry.socket is not None:
                detail = "the session goes on elsewhere"
                fault = SocketFaultError(1008, "taken-over", detail, keeps_session=True)
                entry.socket.interrupt(fault)
                await entry.socket.released()
            entry.socket = socket
            session = entry.session
            await session.settle()
        else:
            session = await self._restore(session_id, options, caller)
            self._add(session, socket)
        session.outbox.rewind(last_seq)
        metrics.RESUMED.inc()
        return session

    async def leave(self, session: LiveSession, socket: Attached, *, for_good: bool) -> None:
        """A socket is gone; its session waits for the client unless that left for good."""
        entry = self._entries.get(session.id)
        if entry is None or entry.socket is not socket:
            return
        entry.socket, entry.left_at = None, time.monotonic()
        if for_good or not self._settings.resume_s:
            self._remove(session)
            if self._snapshots is not None and for_good:
                await self._snapshots.drop(session.id)

    async def drain(self) -> None:
        """End all sessions: their finals first, then 1012; no new ones meanwhile."""
        self._is_draining = True
        detail = "the service restarts; come back"
        fault = SocketFaultError(1012, "restart", detail, finish=True, keeps_session=True)
        for entry in list(self._entries.values()):
            if entry.socket is not None:
                entry.socket.interrupt(fault)
        deadline = time.monotonic() + self._settings.drain_s
        while time.monotonic() < deadline:
            if all(entry.socket is None for entry in self._entries.values()):
                return
            await asyncio.sleep(0.02)
        _LOG.warning("sockets were not drained within %g s", self._settings.drain_s)

    @property
    def _settings(self) -> StreamSettings:
        return self._service.settings.streams

    def _make_place(self) -> None:
        if self._is_draining:
            raise SocketFaultError(1012, "restart", "the service restarts; try again")
        if self.count < self._settings.max_sessions:
            return
        # A client that is there comes before one that may come back.
        left = [entry for entry in self._entries.values() if entry.socket is None]
        if not left:
            metrics.REFUSED.labels("sessions").inc()
            raise SocketFaultError(1013, "overloaded", "too many live sessions; try again later")
        self._remove(min(left, key=lambda entry: entry.left_at).session)

    async def _restore(self, session_id: str, options: StreamOptions, caller: str) -> LiveSession:
        snapshot = await self._snapshots.find(session_id) if self._snapshots else None
        if snapshot is None or snapshot.caller != caller:
            detail = "no such session is waiting: start a new one"
            raise SocketFaultError(1008, "unknown-session", detail)
        self._make_place()
        model = self._service.model_for(caller, options.recognition.language_hint)
        return LiveSession(
            self._service, model, options, caller, snapshot=snapshot, save=self._save
        )

    async def _save(self, session: LiveSession) -> None:
        if self._snapshots is not None:
            await self._snapshots.save(session.snapshot())

    def _add(self, session: LiveSession, socket: Attached) -> None:
        self._entries[session.id] = _Entry(session, socket)
        if self._ticking is None or self._ticking.done():
            self._ticking = asyncio.create_task(self._tick(), name="ovoz-live-clock")

    def _remove(self, session: LiveSession) -> None:
        session.close()
        self._entries.pop(session.id, None)

    async def _tick(self) -> None:
        """Look at the clock for all sessions, for as long as there are any."""
        while self._entries:
            await asyncio.sleep(_TICK_S)
            now = time.monotonic()
            for entry in list(self._entries.values()):
                if entry.socket is not None:
                    entry.session.tick(_TICK_S)
                elif now - entry.left_at > self._settings.resume_s:
                    self._remove(entry.session)
