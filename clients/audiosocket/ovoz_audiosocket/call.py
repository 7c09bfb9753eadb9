"""One side of one call: its frames into a stream and a file, its captions to the outlet."""

import asyncio
import logging
from pathlib import Path
from typing import Any, Final

from ovoz_client import AsyncClient, Event, OvozError, Stream, StreamOptions

from ovoz_audiosocket.frames import (
    ERROR,
    HANG_UP,
    SAMPLE_RATES,
    FrameError,
    read_call_id,
    read_frame,
)
from ovoz_audiosocket.outlets import Outlet
from ovoz_audiosocket.recordings import Recording, Recordings
from ovoz_audiosocket.settings import BridgeSettings

_LOG: Final = logging.getLogger(__name__)
_GREETING_S: Final = 5.0
_WAITING: Final = 6_000
"""Frames of 20 ms that wait for the stream: two minutes."""


class Call:
    """A connection of Asterisk's.

    Args:
        settings: of the bridge.
        client: of the service.
        outlet: takes captions.
        recordings: takes the audio; None: no jobs.
        track: ``caller`` or ``callee``.
    """

    def __init__(
        self,
        settings: BridgeSettings,
        client: AsyncClient,
        outlet: Outlet,
        recordings: Recordings | None,
        track: str,
    ) -> None:
        self._settings = settings
        self._client = client
        self._outlet = outlet
        self._recordings = recordings
        self._track = track
        self._call_id = ""
        self._audio: asyncio.Queue[bytes | None] = asyncio.Queue(_WAITING)
        self._captioning: asyncio.Task[None] | None = None
        self._recording: Recording | None = None
        self._sample_rate = 0

    async def run(self, reader: asyncio.StreamReader) -> None:
        """Take a call from its first frame to its job.

        However a call ends, what was heard is captioned and handed over.

        Raises:
            FrameError: What arrives is not AudioSocket.
        """
        try:
            async with asyncio.timeout(_GREETING_S):
                first = await read_frame(reader)
        except TimeoutError:
            raise FrameError(f"no UUID within {_GREETING_S:g} s") from None
        if first is None:
            return
        self._call_id = read_call_id(first)
        self._tell("call_started")
        try:
            reason = await self._listen(reader)
        finally:
            await asyncio.shield(asyncio.ensure_future(self._finish()))
        self._tell("call_ended", reason=reason)

    async def _listen(self, reader: asyncio.StreamReader) -> str:
        """Take frames until the end; why it is one."""
        while True:
            try:
                async with asyncio.timeout(self._settings.idle_s):
                    frame = await read_frame(reader)
            except TimeoutError:
                return "silent"
            if frame is None:
                return "dropped"
            if frame.kind == HANG_UP:
                return "hang-up"
            if frame.kind == ERROR:
                return f"error {frame.payload.hex()}"
            if frame.kind in SAMPLE_RATES:  # pressed keys and kinds to come are skipped
                self._hear(SAMPLE_RATES[frame.kind], frame.payload)

    def _hear(self, sample_rate: int, audio: bytes) -> None:
        if not self._sample_rate:
            self._sample_rate = sample_rate
            self._captioning = asyncio.create_task(self._caption(), name=f"call-{self._call_id}")
            if self._recordings is not None:
                folder = self._recordings.folder
                self._recording = Recording(folder, self._call_id, self._track, sample_rate)
        if sample_rate != self._sample_rate:
            raise FrameError(f"the rate changes from {self._sample_rate} to {sample_rate} Hz")
        if self._recording is not None:
            self._recording.write(audio)
        self._pass_on(audio)

    def _pass_on(self, audio: bytes | None) -> None:
        """Give audio to the stream; one that is two minutes behind is given up."""
        try:
            self._audio.put_nowait(audio)
        except asyncio.QueueFull:
            if self._captioning is not None and self._captioning.cancel():
                self._tell("captions_lost", detail="two minutes of audio wait for the service")

    async def _finish(self) -> None:
        if self._captioning is not None:
            self._pass_on(None)
            await asyncio.gather(self._captioning, return_exceptions=True)
        if self._recording is not None:
            self._recording.close()
            await self._submit(self._recording.path)

    async def _submit(self, path: Path) -> None:
        assert self._recordings is not None  # noqa: S101  (there is a recording)
        try:
            job_id = await self._recordings.submit(path)
        except (OvozError, OSError) as error:
            _LOG.error("call %s stays in %s: %s", self._call_id, path, error)
            self._tell("job_postponed", file=path.name)
        else:
            if job_id is not None:
                self._tell("job", job_id=job_id)

    async def _caption(self) -> None:
        options = StreamOptions(
            sample_rate=self._sample_rate,
            language_hint=self._settings.hint,
            partials=self._settings.partials,
        )
        try:
            async with self._client.stream(options) as stream:
                feeding = asyncio.create_task(self._feed(stream))
                try:
                    async for event in stream:
                        self._show(event)
                finally:
                    feeding.cancel()
                    await asyncio.gather(feeding, return_exceptions=True)
        except OvozError as error:
            _LOG.error("captions of call %s are lost: %s", self._call_id, error)
            self._tell("captions_lost", detail=str(error))

    async def _feed(self, stream: Stream) -> None:
        while (audio := await self._audio.get()) is not None:
            await stream.send(audio)
        await stream.stop()

    def _show(self, event: Event) -> None:
        if event.type in {"partial", "final"}:
            self._tell(event.type, **event.model_dump(mode="json", exclude={"type", "channel"}))

    def _tell(self, kind: str, **fields: Any) -> None:
        self._outlet.put({"type": kind, "call": self._call_id, "track": self._track, **fields})
