"""A live stream of LiveKit over one of the service."""

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from livekit import rtc
from livekit.agents import APIConnectOptions, stt
from ovoz_client import (
    AsyncClient,
    Event,
    FinalTranscript,
    PartialTranscript,
    Ready,
    SpeechEnded,
    SpeechStarted,
    Stream,
    StreamError,
    StreamOptions,
)

from .faults import as_api_errors
from .log import logger
from .speech_data import speech_data

if TYPE_CHECKING:
    from .stt import STT

_USAGE_EVERY_S: Final = 5.0
_Type = stt.SpeechEventType


class SpeechStream(stt.RecognizeStream):
    """Frames in, speech events out.

    Drops are mended by the stream of the client, which knows what arrived. LiveKit tries again only
    where the service refuses for a while, or stays away for longer than that stream waits.
    """

    def __init__(
        self,
        service: "STT",
        client: AsyncClient,
        options: StreamOptions,
        conn_options: APIConnectOptions,
    ) -> None:
        super().__init__(stt=service, conn_options=conn_options, sample_rate=options.sample_rate)
        self._service = service
        self._client = client
        self._options = options
        self._session_id = ""
        self._pushed_s = 0.0
        self._billed_s = 0.0
        self._first_offset_s: float | None = None
        self._offset_s = 0.0

    async def _run(self) -> None:
        if self._first_offset_s is None:
            self._first_offset_s = self.start_time_offset
        # LiveKit's own offset grows by the clock; audio that waited meanwhile has not moved.
        self._offset_s = self._first_offset_s + self._pushed_s
        with as_api_errors():
            try:
                await self._carry(self._options)
            except StreamError as error:
                if error.kind != "hot-words" or not self._options.hotwords:
                    raise
                logger.warning("key terms are not used: %s", error.detail)
                self._options = replace(self._options, hotwords=())
                await self._carry(self._options)

    async def _carry(self, options: StreamOptions) -> None:
        async with self._client.stream(options) as live:
            sending = asyncio.create_task(self._send(live), name="ovoz-livekit-sender")
            try:
                async for event in live:
                    self._report(event)
                await sending
            finally:
                sending.cancel()
                await asyncio.gather(sending, return_exceptions=True)
                self._bill()

    async def _send(self, live: Stream) -> None:
        try:
            await self._send_all(live)
        finally:
            await live.stop()  # a fault here must not leave the reader waiting

    async def _send_all(self, live: Stream) -> None:
        async for item in self._input_ch:
            if isinstance(item, rtc.AudioFrame):
                self._pushed_s += item.duration
                await live.send(_mono(item))
                if self._pushed_s - self._billed_s >= _USAGE_EVERY_S:
                    self._bill()
            else:
                await live.finalize()

    def _report(self, event: Event) -> None:
        match event:
            case Ready():
                self._session_id = event.session_id
                self._service.note_model(event.model_version)
            case SpeechStarted():
                self._emit(_Type.START_OF_SPEECH)
            case PartialTranscript() if event.text:
                is_settled = event.stable_chars >= len(event.text)
                self._emit(_Type.INTERIM_TRANSCRIPT, event)
                if is_settled:
                    self._emit(_Type.PREFLIGHT_TRANSCRIPT, event)
            case FinalTranscript() if event.text:
                self._emit(_Type.FINAL_TRANSCRIPT, event)
            case SpeechEnded():
                self._emit(_Type.END_OF_SPEECH)
            case _:
                pass

    def _emit(
        self, kind: stt.SpeechEventType, event: PartialTranscript | FinalTranscript | None = None
    ) -> None:
        alternatives = [] if event is None else [speech_data(event, self._offset_s)]
        self._event_ch.send_nowait(
            stt.SpeechEvent(type=kind, request_id=self._session_id, alternatives=alternatives)
        )

    def _bill(self) -> None:
        """Report the audio that was sent since the last report."""
        used_s, self._billed_s = self._pushed_s - self._billed_s, self._pushed_s
        if used_s > 0 and not self._event_ch.closed:
            self._event_ch.send_nowait(
                stt.SpeechEvent(
                    type=_Type.RECOGNITION_USAGE,
                    request_id=self._session_id,
                    recognition_usage=stt.RecognitionUsage(audio_duration=used_s),
                )
            )


def _mono(frame: rtc.AudioFrame) -> bytes:
    """The first channel of a frame, as 16-bit samples."""
    samples = memoryview(frame.data).cast("B").cast("h")
    return samples[:: frame.num_channels].tobytes()
