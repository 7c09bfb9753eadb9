"""``ovoz stream``: live captions of a file or a microphone, by a running service."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer
from rich.console import Console

from ovoz.cli.captions import Captions, EventLines
from ovoz.cli.errors import stop
from ovoz.cli.remote import RemoteError, api_key

if TYPE_CHECKING:
    from ovoz_client import AsyncClient, Stream, StreamOptions

_PIECE_S: Final = 0.1


def stream(
    url: Annotated[str, typer.Option(help="The service, as http://host:port.")],
    file: Annotated[
        Path | None, typer.Argument(help="An audio or video file, spoken at its own pace.")
    ] = None,
    mic: Annotated[bool, typer.Option("--mic", help="The microphone, until Ctrl-C.")] = False,
    device: Annotated[
        str, typer.Option(help="Which microphone, as FFmpeg names it; the system's own without.")
    ] = "",
    hint: Annotated[str, typer.Option(help="auto, mixed, or a language of the model.")] = "auto",
    hot_word: Annotated[
        list[str] | None, typer.Option(help="A word to listen for; may be given many times.")
    ] = None,
    fast: Annotated[
        bool, typer.Option("--fast", help="Send a file as fast as the service takes it.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object an event.")] = False,
) -> None:
    """Caption a file or the microphone live; the key is read from OVOZ_API_KEY."""
    from ovoz_client import AsyncClient, OvozError, StreamOptions

    from ovoz.audio.containers import AudioError
    from ovoz.cli.microphone import MicrophoneError, listen

    if mic == (file is not None):
        stop("name a file, or --mic")
    pieces = listen(device, _PIECE_S) if file is None else _paced(file, at_once=fast)
    options = StreamOptions(language_hint=hint, hotwords=tuple(hot_word or ()))
    screen = EventLines() if as_json else Captions(Console())
    try:
        client = AsyncClient(url, api_key())
        asyncio.run(_caption(client, options, pieces, screen))
    except OvozError as error:
        stop(RemoteError.of(error))
    except (AudioError, MicrophoneError, OSError, ValueError) as error:
        stop(error)
    except KeyboardInterrupt:
        raise typer.Exit(0) from None


def _paced(file: Path, *, at_once: bool) -> AsyncIterator[bytes]:
    from ovoz.audio.decode import stream as decode_stream

    def blocks() -> Iterator[bytes]:
        for samples in decode_stream(file):
            yield (samples.clip(-1, 1) * 32767).round().astype("<i2").tobytes()

    return _in_pieces(blocks(), at_once=at_once)


async def _in_pieces(blocks: Iterator[bytes], *, at_once: bool) -> AsyncIterator[bytes]:
    """Pieces of a tenth of a second, when they would have been spoken."""
    from ovoz.audio.signal import SAMPLE_RATE

    size, clock = round(_PIECE_S * SAMPLE_RATE) * 2, asyncio.get_running_loop().time
    due = clock()
    while (block := await asyncio.to_thread(next, blocks, None)) is not None:
        for place in range(0, len(block), size):
            piece = block[place : place + size]
            if not at_once:
                await asyncio.sleep(max(0.0, due - clock()))
                due += len(piece) / 2 / SAMPLE_RATE
            yield piece


async def _caption(
    client: "AsyncClient",
    options: "StreamOptions",
    pieces: AsyncIterator[bytes],
    screen: EventLines | Captions,
) -> None:
    async with client, client.stream(options) as live:
        speaking = asyncio.create_task(_speak(live, pieces))
        try:
            with screen:
                async for event in live:
                    screen.show(event)
            await speaking
        finally:
            speaking.cancel()


async def _speak(live: "Stream", pieces: AsyncIterator[bytes]) -> None:
    """Send all there is, then stop; a source that fails ends the stream too."""
    try:
        async for piece in pieces:
            await live.send(piece)
    finally:
        await live.stop()
