"""One connection: answers what a program asks for by the Wyoming protocol."""

import asyncio
import logging
from contextlib import AsyncExitStack
from typing import Final

from ovoz_client import AsyncClient, OvozError
from wyoming.asr import Transcribe, Transcript, TranscriptChunk, TranscriptStart, TranscriptStop
from wyoming.audio import AudioChunk, AudioStart, AudioStop
from wyoming.error import Error
from wyoming.event import Event, Eventable, async_read_event, async_write_event
from wyoming.info import AsrModel, AsrProgram, Attribution, Describe, Info
from wyoming.ping import Ping, Pong

from ovoz_wyoming.bounded_reader import EventSizeError
from ovoz_wyoming.request import Request, TooLongError
from ovoz_wyoming.settings import WyomingSettings

_LOG: Final = logging.getLogger(__name__)
_RATES: Final = range(4_000, 192_001)
_WIDTHS: Final = (1, 2, 3, 4)
_OURS: Final = Attribution(name="Ovoz", url="https://pypi.org/project/ovoz-wyoming/")


class ProtocolError(ValueError):
    """Events that the protocol does not have, or not in this order."""


class Connection:
    """A program's connection; requests come one after the other.

    Args:
        settings: of the bridge.
        client: of the service.
        reader: what the program sends.
        writer: what it is answered.
    """

    def __init__(
        self,
        settings: WyomingSettings,
        client: AsyncClient,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
    ) -> None:
        self._settings = settings
        self._client = client
        self._reader = reader
        self._writer = writer
        self._asked = Transcribe()
        self._request: Request | None = None
        self._open = AsyncExitStack()

    async def run(self) -> None:
        """Answer events until the program leaves; what cannot be answered is an ``error``."""
        async with self._open:
            try:
                while (event := await self._read()) is not None:
                    await self._answer(event)
            except (ProtocolError, TooLongError, EventSizeError, OvozError) as error:
                _LOG.warning("a request failed: %s", error)
                await self._say(Error(text=str(error), code=type(error).__name__))
            except (KeyError, TypeError, ValueError) as error:
                await self._say(Error(text=f"not an event of the protocol: {error}"))

    async def _read(self) -> Event | None:
        try:
            async with asyncio.timeout(self._settings.idle_s):
                return await async_read_event(self._reader)
        except (TimeoutError, asyncio.IncompleteReadError, ConnectionError):
            return None

    async def _answer(self, event: Event) -> None:
        if Describe.is_type(event.type):
            await self._say(_describe(self._settings.languages))
        elif Ping.is_type(event.type):
            await self._say(Pong(text=Ping.from_event(event).text))
        elif Transcribe.is_type(event.type):
            self._asked = Transcribe.from_event(event)
        elif AudioStart.is_type(event.type):
            await self._begin(AudioStart.from_event(event))
        elif AudioChunk.is_type(event.type):
            await self._hear(AudioChunk.from_event(event))
        elif AudioStop.is_type(event.type):
            await self._finish()
        # Others are for programs of other kinds: the protocol wants them passed over.

    async def _begin(self, start: AudioStart) -> None:
        if self._request is not None:
            raise ProtocolError("audio-start comes twice without audio-stop")
        if start.rate not in _RATES:
            raise ProtocolError(f"{start.rate} Hz: audio has {_RATES.start} to {_RATES[-1]} Hz")
        request = Request(self._client, self._asked, start.rate, self._settings.longest_s)
        self._request = await self._open.enter_async_context(request)

    async def _hear(self, chunk: AudioChunk) -> None:
        if self._request is None:
            raise ProtocolError("audio-chunk comes before audio-start")
        # The library would add two channels up, and clip.
        if chunk.width not in _WIDTHS or chunk.channels != 1 or chunk.rate not in _RATES:
            raise ProtocolError(
                f"audio of {chunk.width} bytes, {chunk.channels} channels and {chunk.rate} Hz:"
                " send samples of 1 to 4 bytes and one channel"
            )
        await self._request.hear(chunk)

    async def _finish(self) -> None:
        if self._request is None:
            raise ProtocolError("audio-stop comes before audio-start")
        await self._say(TranscriptStart())
        texts: list[str] = []
        async for text in self._request.finish():
            await self._say(TranscriptChunk(text=f" {text}" if texts else text))
            texts.append(text)
        await self._say(Transcript(text=" ".join(texts)))
        await self._say(TranscriptStop())
        await self._open.aclose()
        self._request, self._asked = None, Transcribe()

    async def _say(self, message: Eventable) -> None:
        try:
            await async_write_event(message.event(), self._writer)
        except ConnectionError:
            _LOG.warning("a program left before its answer")


def _describe(languages: tuple[str, ...]) -> Info:
    """What the bridge offers: one program with one model, that of the service."""
    model = AsrModel(
        name="ovoz",
        description="the model of the service",
        attribution=_OURS,
        installed=True,
        version=None,
        languages=list(languages),
    )
    program = AsrProgram(
        name="ovoz",
        description="Speech to text by an Ovoz service",
        attribution=_OURS,
        installed=True,
        version=None,
        models=[model],
        supports_transcript_streaming=True,
    )
    return Info(asr=[program])
