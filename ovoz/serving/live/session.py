"""One live session: its audio into the queue of the model, its events into its outbox."""

import asyncio
import dataclasses
import logging
import time
import uuid
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from typing import Final

from ovoz.audio.incoming import Encoding, open_incoming
from ovoz.audio.measures import measure
from ovoz.audio.signal import SAMPLE_RATE, Samples, Seconds, duration_s
from ovoz.engine.transcript import Transcript
from ovoz.serving.inference.lanes import Lane
from ovoz.serving.inference.model import Model
from ovoz.serving.inference.options import RecognitionRequest
from ovoz.serving.inference.queue import OverloadedError, QueueResult
from ovoz.serving.inference.redaction import redact_transcript
from ovoz.serving.inference.remote_model import ModelAwayError
from ovoz.serving.inference.transcriber import Transcriber
from ovoz.serving.live.events import LagWarning, SocketFaultError
from ovoz.serving.live.measures import SessionMeasures
from ovoz.serving.live.options import StreamOptions
from ovoz.serving.live.outbox import Outbox
from ovoz.serving.live.snapshot import SessionSnapshot
from ovoz.serving.recognition import Recognition
from ovoz.serving.telemetry import metrics
from ovoz.serving.telemetry.traces import record_stages
from ovoz.serving.telemetry.usage import RequestUsage
from ovoz.streaming.events import Event, FinalTranscript, Flushed, WindowRequest
from ovoz.streaming.session import StreamingSession

_TRIES: Final = 5
_PAUSE_S: Final = 0.5
_SLICE_S: Final = 0.5
"""Audio that is listened through before others have their turn."""
_WARN_EVERY_S: Final = 2.0
_LOG: Final = logging.getLogger(__name__)


class LiveSession:
    """A session that outlives the socket it began on.

    Args:
        service: The model's queue, and settings.
        model: Recognises.
        options: Of the client.
        caller: Whose session it is.
        snapshot: What it goes on from, when another process began it.
        save: Keeps a snapshot before its events are sent; None where no other process needs it.

    Raises:
        AudioError: The format of the audio is not accepted.
    """

    def __init__(
        self,
        service: Transcriber,
        model: Model,
        options: StreamOptions,
        caller: str,
        *,
        snapshot: SessionSnapshot | None = None,
        save: Callable[["LiveSession"], Awaitable[None]] | None = None,
    ) -> None:
        self.id = snapshot.id if snapshot else uuid.uuid4().hex
        self.options = options
        self.caller = caller
        self.usage = RequestUsage()
        self.fault: SocketFaultError | None = None
        self._service = service
        self._model = model
        self._save = save
        self._incoming = open_incoming(options.encoding, options.sample_rate, options.channels)
        self._session = StreamingSession(
            options.configured(service.settings.streams),
            channels=options.channels,
            start=snapshot.position if snapshot else 0,
            first_segments=snapshot.next_segments if snapshot else (),
        )
        self.outbox = Outbox(snapshot.kept, snapshot.last) if snapshot else Outbox()
        self.received_bytes = self._bytes_of(snapshot.position) if snapshot else 0
        self._measures = SessionMeasures()
        self._tasks: set[asyncio.Task[None]] = set()
        self._in_order, self._feeding = asyncio.Lock(), asyncio.Lock()
        self._is_stopping = False
        self._idle_s: Seconds = 0.0
        self._heard_at = self._warned_at = time.monotonic()

    @property
    def model_facts(self) -> dict[str, str]:
        """What a client may know of the model."""
        return {"model_version": self._model.info.version, "notice": self._model.info.notice}

    @property
    def position_s(self) -> Seconds:
        """Audio received."""
        return self._session.position / SAMPLE_RATE

    @property
    def waiting_s(self) -> Seconds:
        """Audio of finished segments that waits for the model."""
        return self._session.waiting_s

    @property
    def silent_s(self) -> Seconds:
        """Seconds by the clock since audio came."""
        return time.monotonic() - self._heard_at

    async def feed(self, content: bytes) -> None:
        """Take a piece of audio as it came.

        Raises:
            AudioError: It cannot be decoded.
        """
        # A socket that ends meanwhile must not leave half of the piece behind.
        await asyncio.shield(self._start(self._feed(content)))

    async def settle(self) -> None:
        """Return when the audio that was fed is counted in ``received_bytes``."""
        async with self._feeding:
            return

    async def finalize(self) -> None:
        """End the open segments with everything that was received."""
        await self._take(self._incoming.flush())
        self._emit(self._session.finalize())
        self._advance()

    async def stop(self) -> None:
        """Finalize; the outbox closes behind the last event."""
        self._is_stopping = True
        await self.finalize()

    def tick(self, elapsed_s: Seconds) -> None:
        """Another moment without audio, or not: clients stop sending in silence.

        Moments are counted rather than the clock asked, so that audio which waits to be read while
        this process is busy is not taken for silence.
        """
        if self._is_stopping or self._feeding.locked():
            return
        self._idle_s += elapsed_s
        self._emit(self._session.tick(self._idle_s))
        self._advance()

    def close(self) -> None:
        """Give up everything; what is under way is not waited for."""
        self._incoming.close()
        for task in self._tasks:
            task.cancel()
        self.outbox.close()

    def snapshot(self) -> SessionSnapshot:
        """What another process needs to go on from here."""
        return SessionSnapshot(
            id=self.id,
            caller=self.caller,
            position=self._session.settled,
            next_segments=self._session.next_segments,
            last=self.outbox.last,
            kept=self.outbox.kept,
        )

    def _bytes_of(self, position: int) -> int:
        """Bytes of the client's audio up to a sample of the session."""
        return position * self.options.sample_rate // SAMPLE_RATE * self.options.block_bytes

    async def _feed(self, content: bytes) -> None:
        async with self._feeding:
            if self.options.encoding is Encoding.OPUS:
                decoded = await asyncio.to_thread(self._incoming.feed, content)
            else:
                decoded = self._incoming.feed(content)
            self.received_bytes += len(content)
            await self._take(decoded)

    def _start(self, work: Coroutine[None, None, None]) -> "asyncio.Task[None]":
        """A task that is held until it is done: the loop itself holds none."""
        task = asyncio.create_task(work, name="ovoz-live")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def _take(self, channels: Sequence[Samples]) -> None:
        step = round(_SLICE_S * SAMPLE_RATE)
        length = len(channels[0])
        self.usage.audio_s += length / SAMPLE_RATE
        if length:
            self._heard_at, self._idle_s = time.monotonic(), 0.0
        for start in range(0, length, step):
            if start:
                await asyncio.sleep(0)
            self._emit(self._session.feed([one[start : start + step] for one in channels]))
            self._measures.note_audio(self.position_s)
            self._advance()

    def _advance(self) -> None:
        """Ask for what is due; partial transcripts are left out first where the model is busy."""
        drafts = self.options.shows_partials and not self._service.queue.is_busy
        if not drafts and self.options.shows_partials:
            metrics.SKIPPED.inc(self._session.skip_drafts())
        while (request := self._session.next_request(drafts=drafts)) is not None:
            self._start(self._recognise(request))
        self._warn()

    def _warn(self) -> None:
        lag_s, now = self._session.lag_s, time.monotonic()
        limit_s = self._service.settings.streams.warn_lag_s
        if lag_s > limit_s and now - self._warned_at > _WARN_EVERY_S:
            self._warned_at = now
            self.outbox.put(LagWarning(round(lag_s * 1000)))

    async def _recognise(self, request: WindowRequest) -> None:
        try:
            result = await (self._final(request) if request.is_final else self._draft(request))
        except (OverloadedError, ModelAwayError):
            result = None
        except Exception:
            _LOG.exception("a live session failed")
            self._fail(request)
            return
        async with self._in_order:
            if result is None:
                self._session.give_up(request)
            else:
                await self._answer(request, result)
        self._advance()

    def _fail(self, request: WindowRequest) -> None:
        self._session.give_up(request)
        if request.is_final:
            self.fault = SocketFaultError(1011, "internal-fault", "the service failed; logged")
            self.outbox.close()

    async def _final(self, request: WindowRequest) -> QueueResult | None:
        asked = RecognitionRequest(request.samples, self.options.recognition)
        for _ in range(_TRIES):
            try:
                return await self._service.queue.transcribe(self._model, asked, Lane.FINALS)
            except (OverloadedError, ModelAwayError):
                await asyncio.sleep(_PAUSE_S)
        return None

    async def _draft(self, request: WindowRequest) -> QueueResult:
        options = dataclasses.replace(self.options.recognition, hot_words=(), draft=True)
        asked = RecognitionRequest(request.samples, options)
        return await self._service.queue.transcribe(self._model, asked, Lane.DRAFTS)

    async def _answer(self, request: WindowRequest, result: QueueResult) -> None:
        transcript = redact_transcript(result.transcript, self.options.recognition)
        events = self._session.accept(request, transcript)
        record_stages(result.transcript.timings, result.entered_ns, result.started_ns)
        for event in events:
            if isinstance(event, FinalTranscript):
                self._count(request, event.transcript, result)
        if self._save is None or not any(isinstance(one, FinalTranscript) for one in events):
            self._emit(events)
            return
        with self.outbox.hold():  # what a client has seen, another process must know
            self._emit(events)
            await self._save(self)

    def _count(self, request: WindowRequest, transcript: Transcript, result: QueueResult) -> None:
        timings = transcript.timings
        logged = self._service.settings.traffic.dir is not None
        recognition = Recognition(
            transcript,
            duration_s=duration_s(request.samples),
            processing_ms=(time.time_ns() - result.entered_ns) / 1e6,
            notice=self._model.info.notice,
            request_id=self.id,
            engine_ms=(timings.network_s + timings.decoding_s) * 1000,
            measures=measure(request.samples) if logged else None,
        )
        self.usage.count(recognition)

    def _emit(self, events: Sequence[Event]) -> None:
        for event in events:
            self._measures.observe(event, self._session.lag_s)
            self.outbox.put(event)
            if isinstance(event, Flushed) and self._is_stopping:
                self.outbox.close()
