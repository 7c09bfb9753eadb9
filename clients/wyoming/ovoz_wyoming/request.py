"""One request: audio into a stream of the service, its transcripts back as events."""

import asyncio
from collections.abc import AsyncIterator
from typing import Final, Self

from ovoz_client import AsyncClient, Stream, StreamOptions
from wyoming.asr import Transcribe
from wyoming.audio import AudioChunk, AudioChunkConverter

_SAMPLE_BYTES: Final = 2
_MOST_HOT_WORDS: Final = 100


class TooLongError(ValueError):
    """A request has more audio than is taken."""


class Request:
    """A stream of the service for the audio of one request; used by ``async with``.

    Args:
        client: of the service.
        asked: What was asked for: the language, and names and terms to listen for.
        rate: Sampling rate of the audio in Hz.
        longest_s: Most seconds of audio.
    """

    def __init__(self, client: AsyncClient, asked: Transcribe, rate: int, longest_s: float) -> None:
        terms = [*(asked.transcript_names or ()), *(asked.transcript_terms or ())]
        options = StreamOptions(
            sample_rate=rate,
            language_hint=_hint(asked.language),
            hotwords=tuple(terms[:_MOST_HOT_WORDS]),
            partials=False,
        )
        self._stream: Stream = client.stream(options)
        self._converter = AudioChunkConverter(rate=rate, width=_SAMPLE_BYTES, channels=1)
        self._left = round(longest_s * rate) * _SAMPLE_BYTES
        self._texts: list[str] = []
        self._reading: asyncio.Task[None] | None = None
        self._finals: asyncio.Queue[str | None] = asyncio.Queue()

    async def __aenter__(self) -> Self:
        await self._stream.__aenter__()
        self._reading = asyncio.create_task(self._read(), name="wyoming-finals")
        return self

    async def __aexit__(self, *exception: object) -> None:
        if self._reading is not None:
            self._reading.cancel()
            await asyncio.gather(self._reading, return_exceptions=True)
        await self._stream.__aexit__(*exception)

    async def hear(self, chunk: AudioChunk) -> None:
        """Send audio of one channel, of any width and rate.

        Raises:
            TooLongError: The request is too long.
            OvozError: The service cannot be reached, or refuses the stream.
        """
        audio = self._converter.convert(chunk).audio
        self._left -= len(audio)
        if self._left < 0:
            raise TooLongError("the audio of a request is too long")
        await self._stream.send(audio)

    async def finish(self) -> AsyncIterator[str]:
        """The transcript of each segment, those that are ready first.

        Raises:
            OvozError: The service cannot be reached, or refuses the stream.
        """
        await self._stream.stop()
        while (text := await self._finals.get()) is not None:
            yield text
        if self._reading is not None:
            await self._reading

    async def _read(self) -> None:
        try:
            async for event in self._stream:
                if event.type == "final" and event.text:
                    self._finals.put_nowait(event.text)
        finally:
            self._finals.put_nowait(None)


def _hint(language: str | None) -> str:
    """The hint for a language as Home Assistant writes it, such as ``uz`` or ``ru-RU``."""
    return language.partition("-")[0].lower() if language else "auto"
