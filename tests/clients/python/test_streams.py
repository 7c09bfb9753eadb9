"""Streams of the Python client against the real service, over lines that break."""

import asyncio
import random
import threading

import numpy as np
import pytest
from ovoz_client import (
    AsyncClient,
    Client,
    Done,
    Finalized,
    FinalTranscript,
    PartialTranscript,
    Ready,
    StreamError,
    StreamOptions,
    UnreachableError,
)

from ovoz.serving.auth.network import free_port
from tests.service.line import Line
from tests.service.live.clients import KEY, CodedModel, pcm
from tests.service.over_http import served_api
from tests.service.settings import settings_with
from tests.unit.streaming.coded_speech import WORDS as VOCABULARY
from tests.unit.streaming.coded_speech import Said, assert_same_words, say

WORDS = [Said(VOCABULARY[place], 6_000, 2_000 + 9_000 * (place % 3 == 0)) for place in range(9)]
CONTENT = pcm(say(WORDS, tail=16_000))


def words_of(events, channel=0):
    return [
        (word.text, word.start_s, word.end_s)
        for event in events
        if isinstance(event, FinalTranscript) and event.channel == channel
        for word in event.words
    ]


async def spoken(client, content=CONTENT, options=None, size=3_200, meanwhile=None):
    """The events of a stream; ``meanwhile`` is called after each piece."""
    events = []

    async def listen(stream):
        async for event in stream:
            events.append(event)

    async with client.stream(options) as stream, asyncio.TaskGroup() as tasks:
        tasks.create_task(listen(stream))
        for place in range(0, len(content), size):
            await stream.send(content[place : place + size])
            if meanwhile is not None:
                await meanwhile(place)
        await stream.stop()
    return events


def run(url, **options):
    async def session():
        async with AsyncClient(url, KEY, trust_env=False) as client:
            return await spoken(client, **options)

    return asyncio.run(session())


def test_words_times_languages_and_the_end(url) -> None:
    events = run(url)
    assert isinstance(events[0], Ready)
    assert isinstance(events[-1], Done)
    assert events[-1].duration_s == pytest.approx(len(CONTENT) / 32_000, abs=0.001)
    assert_same_words(words_of(events), WORDS)
    finals = [event for event in events if isinstance(event, FinalTranscript)]
    assert [final.segment for final in finals] == list(range(len(finals)))


def test_without_asyncio_and_with_another_thread_that_sends(url) -> None:
    with Client(url, KEY, trust_env=False) as client, client.stream() as stream:

        def send() -> None:
            for place in range(0, len(CONTENT), 3_200):
                stream.send(CONTENT[place : place + 3_200])
            stream.stop()

        sending = threading.Thread(target=send)
        sending.start()
        events = list(stream)
        sending.join()
    assert_same_words(words_of(events), WORDS)


def test_finalize_ends_the_segment_here(url) -> None:
    async def session():
        async with AsyncClient(url, KEY, trust_env=False) as client, client.stream() as stream:
            await stream.send(CONTENT[:34_000])
            await stream.finalize()
            events = []
            async for event in stream:
                events.append(event)
                if isinstance(event, Finalized):
                    break
            await stream.stop()
            return events + [event async for event in stream]

    events = asyncio.run(session())
    assert words_of(events)[0][0] == WORDS[0].text
    assert any(isinstance(event, Finalized) and event.at_s > 1.06 for event in events)


def test_partials_come_while_somebody_speaks(url) -> None:
    async def session():
        async with AsyncClient(url, KEY, trust_env=False) as client, client.stream() as stream:

            async def speak() -> None:
                while True:
                    await stream.send(pcm(say([Said("kam", 1_600, 0)])))
                    await asyncio.sleep(0.02)

            speaking = asyncio.create_task(speak())
            try:
                async for event in stream:
                    if isinstance(event, PartialTranscript):
                        return event
            finally:
                speaking.cancel()

    partial = asyncio.run(session())
    assert partial.text.split()[0] == "kam"
    assert 0 <= partial.stable_chars <= len(partial.text)


@pytest.mark.parametrize(
    "seed", [0, 1, *(pytest.param(seed, marks=pytest.mark.slow) for seed in range(2, 40))]
)
def test_cut_lines_lose_and_repeat_nothing(url, line, seed) -> None:
    """At random moments, as often as not before anything was answered."""
    chance = random.Random(seed)

    async def meanwhile(_place) -> None:
        await asyncio.sleep(0.005)
        if chance.random() < 0.12:
            line.cut()
            line.restore()

    events = run(f"http://127.0.0.1:{line.port}", meanwhile=meanwhile)
    assert sum(isinstance(event, Ready) for event in events) > 1
    assert_same_words(words_of(events), WORDS)
    assert isinstance(events[-1], Done)


def test_a_line_that_is_cut_before_the_end_is_told(url, line) -> None:
    """The stop was sent, and its answer lost."""
    cuts = iter([True])

    async def session():
        client = AsyncClient(f"http://127.0.0.1:{line.port}", KEY, trust_env=False)
        async with client, client.stream() as stream:
            await stream.send(CONTENT)
            await stream.stop()
            events = []
            async for event in stream:
                events.append(event)
                if isinstance(event, FinalTranscript) and next(cuts, False):
                    line.cut()
                    line.restore()
            return events

    events = asyncio.run(session())
    assert_same_words(words_of(events), WORDS)
    assert isinstance(events[-1], Done)


@pytest.mark.parametrize("channels", [1, pytest.param(2, marks=pytest.mark.slow)])
def test_a_forgotten_session_goes_on_behind_the_last_final(channels) -> None:
    """The service is replaced by one that knows nothing of the session."""
    caller = [Said("kam", 6_000, 4_000), Said("mio", 6_000, 14_000), Said("kab", 6_000, 40_000)]
    agent = [Said("руa", 6_000, 25_000), Said("руb", 6_000, 30_000)]
    sides = [say(caller, tail=30_000), say(agent, tail=60_000)][:channels]
    shortest = min(map(len, sides))
    content = pcm(np.stack([side[:shortest] for side in sides], axis=1).reshape(-1))
    settings = settings_with(streams_max_speed=0)
    with (
        served_api(settings, CodedModel()) as first,
        served_api(settings, CodedModel()) as second,
    ):
        line = Line(first.base_url.port)

        async def meanwhile(place) -> None:
            await asyncio.sleep(0.004)
            if place == 3_200 * channels * 12:
                line._to_port = second.base_url.port
                line.cut()
                line.restore()

        events = run(
            f"http://127.0.0.1:{line.port}",
            content=content,
            options=StreamOptions(channels=channels),
            size=3_200 * channels,
            meanwhile=meanwhile,
        )
        line.end()
    readies = [event for event in events if isinstance(event, Ready)]
    assert len(readies) > 1
    assert readies[-1].session_id != readies[0].session_id
    assert_same_words(words_of(events), caller, off_s=0.002)
    if channels == 2:
        assert_same_words(words_of(events, 1), agent, off_s=0.002)
    finals = [event for event in events if isinstance(event, FinalTranscript)]
    for channel in range(channels):
        numbers = [final.segment for final in finals if final.channel == channel]
        assert numbers == list(range(len(numbers)))


def test_a_wrong_key_fails_at_once(url) -> None:
    client = Client(url, "wrong", trust_env=False)
    with client, pytest.raises(StreamError) as refused, client.stream():
        pass
    assert refused.value.kind == "not-authenticated"


def test_faults_of_the_start_are_told(url) -> None:
    with Client(url, KEY, trust_env=False) as client:
        options = StreamOptions(sample_rate=100)
        with pytest.raises(StreamError, match=r"\(") as refused, client.stream(options):
            pass
    assert refused.value.close_code == 1008


def test_nobody_there() -> None:
    client = Client(f"http://127.0.0.1:{free_port()}", trust_env=False)
    with client, pytest.raises(UnreachableError), client.stream(patience_s=0.4):
        pass


def test_a_line_that_stays_cut_ends_the_stream_for_sender_and_reader(url, line) -> None:
    client = Client(f"http://127.0.0.1:{line.port}", KEY, trust_env=False)
    with client, client.stream(patience_s=0.6) as stream:
        stream.send(CONTENT)
        line.cut()
        with pytest.raises((UnreachableError, StreamError)):
            list(stream)
        with pytest.raises((UnreachableError, StreamError)):
            stream.send(CONTENT)


def test_no_place_is_tried_again() -> None:
    with served_api(settings_with(streams_max_sessions=1), CodedModel()) as http:
        address = str(http.base_url).rstrip("/")

        async def session():
            async with AsyncClient(address, trust_env=False) as client:
                async with client.stream() as holding:
                    waiting = asyncio.create_task(spoken(client))
                    while not waiting.done():
                        await asyncio.sleep(0.05)
                        if holding is not None:
                            await holding.stop()
                return await waiting

        events = asyncio.run(session())
    assert_same_words(words_of(events), WORDS)
