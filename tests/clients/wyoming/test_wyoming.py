"""The bridge between the Wyoming protocol's own client and the real service."""

import asyncio
import functools
import json

import pytest
from ovoz_wyoming.bounded_reader import MOST_BYTES
from ovoz_wyoming.bridge import WyomingBridge
from ovoz_wyoming.settings import WyomingSettings, read_settings
from wyoming.asr import Transcribe, Transcript, TranscriptChunk, TranscriptStart, TranscriptStop
from wyoming.audio import AudioChunk, AudioStart, AudioStop
from wyoming.client import AsyncTcpClient
from wyoming.error import Error
from wyoming.info import Describe, Info
from wyoming.ping import Ping, Pong

from tests.clients.steady import SteadyModel
from tests.service.live.clients import pcm
from tests.service.over_http import served_api
from tests.service.settings import settings_with
from tests.unit.streaming.coded_speech import Said, say

WORDS = [Said("kam", 6_000, 4_000), Said("mio", 6_000, 12_000), Said("kab", 6_000, 40_000)]
SAID = "kam mio kab"
AUDIO = pcm(say(WORDS, tail=16_000))
FORMAT = {"rate": 16_000, "width": 2, "channels": 1}


def in_a_loop(test):
    """A test that is a coroutine, as pytest takes it."""

    @functools.wraps(test)
    def run(*arguments, **named) -> None:
        asyncio.run(test(*arguments, **named))

    return run


@pytest.fixture(scope="module")
def url():
    with served_api(settings_with(streams_max_speed=0), SteadyModel()) as http:
        yield str(http.base_url).rstrip("/")


def bridge_of(url, **changes) -> WyomingBridge:
    return WyomingBridge(WyomingSettings(url=url, **{"listen": ("127.0.0.1", 0)} | changes))


async def ask(client, audio=AUDIO, transcribe=None, form=FORMAT, chunk=3_200):
    """Sends a request as Home Assistant does; all events up to the last of the answer."""
    await client.write_event((transcribe or Transcribe(language="uz")).event())
    await client.write_event(AudioStart(**form).event())
    for place in range(0, len(audio), chunk):
        await client.write_event(AudioChunk(audio=audio[place : place + chunk], **form).event())
    await client.write_event(AudioStop().event())
    return await answered(client)


async def answered(client):
    events = []
    while (event := await client.read_event()) is not None:
        events.append(event)
        if TranscriptStop.is_type(event.type) or Error.is_type(event.type):
            break
    return events


def transcript_of(events) -> str:
    (text,) = [Transcript.from_event(e).text for e in events if Transcript.is_type(e.type)]
    return text


@in_a_loop
async def test_it_says_what_it_offers(url) -> None:
    async with (
        bridge_of(url, languages=("uz",)) as bridge,
        AsyncTcpClient("127.0.0.1", bridge.port) as client,
    ):
        await client.write_event(Describe().event())
        (program,) = Info.from_event(await client.read_event()).asr
        assert program.supports_transcript_streaming
        assert [model.languages for model in program.models] == [["uz"]]
        await client.write_event(Ping(text="here?").event())
        assert Pong.from_event(await client.read_event()).text == "here?"


@in_a_loop
async def test_a_request_is_answered_piece_by_piece_and_as_a_whole(url) -> None:
    async with (
        bridge_of(url) as bridge,
        AsyncTcpClient("127.0.0.1", bridge.port) as client,
    ):
        events = await ask(client)
        assert transcript_of(events) == SAID
        assert TranscriptStart.is_type(events[0].type)
        pieces = [TranscriptChunk.from_event(e).text for e in events if e.type.endswith("chunk")]
        assert len(pieces) > 1
        assert "".join(pieces) == SAID
        assert transcript_of(await ask(client)) == SAID  # over the same connection


@in_a_loop
async def test_wider_samples_are_heard(url) -> None:
    wide = b"".join(b"\0\0" + AUDIO[place : place + 2] for place in range(0, len(AUDIO), 2))
    async with (
        bridge_of(url) as bridge,
        AsyncTcpClient("127.0.0.1", bridge.port) as client,
    ):
        events = await ask(client, wide, form=FORMAT | {"width": 4}, chunk=6_400)
        assert transcript_of(events) == SAID


@in_a_loop
async def test_names_and_terms_are_hot_words(url) -> None:
    SteadyModel.hot_words.clear()
    async with (
        bridge_of(url) as bridge,
        AsyncTcpClient("127.0.0.1", bridge.port) as client,
    ):
        asked = Transcribe(transcript_names=["Agrobank"], transcript_terms=["lampa"])
        await ask(client, transcribe=asked)
    assert {"agrobank", "lampa"} <= {word.lower() for word in SteadyModel.hot_words}


@in_a_loop
async def test_requests_at_once_are_not_mixed_up(url) -> None:
    half = AUDIO[: len(AUDIO) // 2]
    async with bridge_of(url) as bridge:

        async def one(audio):
            async with AsyncTcpClient("127.0.0.1", bridge.port) as client:
                return transcript_of(await ask(client, audio))

        texts = await asyncio.gather(*(one(AUDIO if n % 2 else half) for n in range(10)))
    assert set(texts[1::2]) == {SAID}
    assert len(set(texts[::2])) == 1
    assert texts[0] != SAID


@pytest.mark.parametrize(
    ("events", "told"),
    [
        ([AudioStop()], "before audio-start"),
        ([AudioChunk(audio=b"00", **FORMAT)], "before audio-start"),
        ([AudioStart(**FORMAT), AudioStart(**FORMAT)], "twice"),
        ([AudioStart(**FORMAT | {"rate": 0})], "0 Hz"),
        ([AudioStart(**FORMAT), AudioChunk(audio=b"0" * 90, **FORMAT | {"channels": 2})], "2 chan"),
    ],
)
@in_a_loop
async def test_what_makes_no_sense_is_an_error(url, events, told) -> None:
    async with (
        bridge_of(url) as bridge,
        AsyncTcpClient("127.0.0.1", bridge.port) as client,
    ):
        for event in events:
            await client.write_event(event.event())
        (error,) = await answered(client)
        assert told in Error.from_event(error).text


@pytest.mark.parametrize(
    "line",
    [
        json.dumps({"type": "audio-chunk", "payload_length": 10 * MOST_BYTES}),
        json.dumps({"type": "audio-start", "data": {"rate": "fast"}}),
        json.dumps({"type": "audio-start", "data": [1]}),
        json.dumps([1, 2]),
        "no JSON",
        "x" * 100_000,
    ],
)
@in_a_loop
async def test_hostile_bytes_end_one_connection(url, line) -> None:
    async with bridge_of(url) as bridge:
        reader, writer = await asyncio.open_connection("127.0.0.1", bridge.port)
        writer.write(line.encode() + b"\n")
        async with asyncio.timeout(10):
            await reader.read()
        writer.close()
        async with AsyncTcpClient("127.0.0.1", bridge.port) as client:
            assert transcript_of(await ask(client)) == SAID


@in_a_loop
async def test_a_request_that_is_too_long_is_refused(url) -> None:
    async with (
        bridge_of(url, longest_s=1.0) as bridge,
        AsyncTcpClient("127.0.0.1", bridge.port) as client,
    ):
        events = await ask(client)
        assert "too long" in Error.from_event(events[-1]).text


@in_a_loop
async def test_a_service_that_is_away_is_told() -> None:
    async with (
        bridge_of("http://127.0.0.1:9", idle_s=5.0) as bridge,
        AsyncTcpClient("127.0.0.1", bridge.port) as client,
    ):
        await client.write_event(Transcribe().event())
        await client.write_event(AudioStart(**FORMAT).event())
        async with asyncio.timeout(100):
            await client.write_event(AudioStop().event())
            events = await answered(client)
        assert Error.is_type(events[-1].type)


@in_a_loop
async def test_a_program_that_leaves_in_the_middle_leaves_nothing_behind(url) -> None:
    async with bridge_of(url) as bridge:
        for _ in range(5):
            client = AsyncTcpClient("127.0.0.1", bridge.port)
            await client.connect()
            await client.write_event(AudioStart(**FORMAT).event())
            await client.write_event(AudioChunk(audio=AUDIO[:6_400], **FORMAT).event())
            await client.disconnect()
        async with asyncio.timeout(20):
            while bridge._connections:
                await asyncio.sleep(0.05)


@in_a_loop
async def test_no_more_connections_than_allowed(url) -> None:
    async with (
        bridge_of(url, max_requests=1) as bridge,
        AsyncTcpClient("127.0.0.1", bridge.port) as first,
    ):
        await first.write_event(Ping().event())
        await first.read_event()
        async with AsyncTcpClient("127.0.0.1", bridge.port) as second:
            assert await second.read_event() is None


def test_other_machines_have_to_be_named(capsys) -> None:
    arguments = ["--url", "http://127.0.0.1:3000", "--listen", "0.0.0.0:10300"]
    with pytest.raises(SystemExit):
        read_settings(arguments)
    assert "--allow" in capsys.readouterr().err
    settings = read_settings([*arguments, "--allow", "192.168.1.0/24"])
    assert settings.admits("192.168.1.20")
    assert settings.admits("127.0.0.1")
    assert not settings.admits("192.168.2.20")
