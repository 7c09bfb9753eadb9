"""The official clients of Deepgram and OpenAI, unchanged, against the running service."""

import asyncio
import base64
import hashlib

import numpy as np
import pytest

from ovoz.serving.auth.api_keys import ApiKeys
from tests.service.over_http import served_api
from tests.service.settings import settings_with

from ...unit.streaming.coded_speech import Said, assert_same_words, say
from .clients import KEY, Client, CodedModel, pcm

KEYS = ApiKeys([hashlib.sha256(KEY.encode()).hexdigest()])
WORDS = [Said("kam", 6_000, 8_000), Said("тоm", 7_000, 1_000), Said("kab", 6_000, 24_000)]
CONTENT = pcm(say(WORDS, tail=16_000))


@pytest.fixture(scope="module")
def url():
    with served_api(settings_with(), CodedModel(), KEYS) as client:
        yield str(client.base_url)


async def listen(url, finalize: bool, content: bytes = CONTENT, **options):
    deepgram = pytest.importorskip("deepgram")
    from deepgram.environment import DeepgramClientEnvironment

    place = url.replace("http://", "ws://").rstrip("/")
    environment = DeepgramClientEnvironment(base=url, production=place, agent=place, agent_rest=url)
    client = deepgram.AsyncDeepgramClient(api_key=KEY, environment=environment)
    messages = []
    asked = {"model": "nova-3", "encoding": "linear16", "sample_rate": 16_000} | options
    async with client.listen.v1.connect(**asked) as connection:

        async def hear():
            async for message in connection:
                messages.append(message)

        hearing = asyncio.create_task(hear())
        for place in range(0, len(content), 3_200):
            await connection.send_media(content[place : place + 3_200])
            await asyncio.sleep(0.005)
        if finalize:
            await connection.send_finalize()
            await asyncio.sleep(0.3)
        await connection.send_keep_alive()
        await connection.send_close_stream()
        await asyncio.wait_for(hearing, 20)
    return messages


def test_deepgram_sdk_hears_words_with_their_languages(url) -> None:
    messages = asyncio.run(
        listen(url, finalize=False, interim_results=True, vad_events=True, utterance_end_ms=1000)
    )
    results = [one for one in messages if one.type == "Results" and one.is_final]
    words = [word for one in results for word in one.channel.alternatives[0].words]
    assert_same_words([(word.word, word.start, word.end) for word in words], WORDS)
    assert [word.language for word in words] == ["uz", "mixed", "uz"]
    spoken = [one for one in results if one.channel.alternatives[0].transcript]
    assert all(one.speech_final for one in spoken)
    assert spoken[0].channel.alternatives[0].languages == ["mixed", "uz"]
    kinds = [one.type for one in messages]
    assert kinds[-1] == "Metadata"
    assert kinds.count("SpeechStarted") == kinds.count("UtteranceEnd") == 2
    assert [one for one in messages if one.type == "Results" and not one.is_final]
    assert messages[-1].duration == pytest.approx(len(CONTENT) / 32_000, abs=0.001)


def test_deepgram_sdk_gets_an_answer_to_finalize(url) -> None:
    messages = asyncio.run(listen(url, finalize=True))
    finalized = [one for one in messages if one.type == "Results" and one.from_finalize]
    assert finalized
    assert not [one for one in messages if one.type == "Results" and not one.is_final]


def test_deepgram_sdk_is_told_the_channel_as_the_speaker(url) -> None:
    sides = [np.frombuffer(CONTENT, "<i2"), np.zeros(len(CONTENT) // 2, "<i2")]
    other = np.frombuffer(pcm(say([Said("mib", 20_000, 1_000)])), "<i2")
    sides[1][: len(other)] = other[: len(sides[1])]
    call = np.stack(sides, axis=1).tobytes()
    asked = {"finalize": False, "content": call, "channels": 2}
    messages = asyncio.run(listen(url, **asked, diarize=True))
    results = [one for one in messages if one.type == "Results" and one.is_final]
    words = [word for one in results for word in one.channel.alternatives[0].words]
    assert {(word.word, word.speaker) for word in words} == {
        ("kam", 0), ("тоm", 0), ("kab", 0), ("mib", 1),
    }  # fmt: skip
    plain = [one for one in asyncio.run(listen(url, **asked)) if one.type == "Results"]
    words = [word for one in plain for word in one.channel.alternatives[0].words]
    assert words
    assert not [word for word in words if getattr(word, "speaker", None) is not None]


def test_deepgram_protocol_refuses_by_code(url) -> None:
    client = Client(url, "/v1/listen?encoding=linear16")
    client.hear_out()
    assert (client.close_code, client.messages[0]["variant"]) == (1008, "not-authenticated")
    headers = {"Authorization": f"Token {KEY}"}
    strange = Client(url, "/v1/listen?encoding=mp7", additional_headers=headers)
    strange.hear_out()
    assert (strange.close_code, strange.messages[0]["variant"]) == (1008, "bad-message")


async def transcribe(url, turn_detection, commit: bool):
    import openai

    client = openai.AsyncOpenAI(
        api_key=KEY,
        base_url=f"{url}/v1",
        websocket_base_url=url.replace("http://", "ws://").rstrip("/") + "/v1",
    )
    events = []
    session = {
        "type": "transcription",
        "audio": {
            "input": {
                "format": {"type": "audio/pcm", "rate": 16_000},
                "transcription": {"model": "ovoz", "language": "uz"},
                "turn_detection": turn_detection,
            }
        },
    }
    async with client.realtime.connect(extra_query={"intent": "transcription"}) as connection:
        events.append(await asyncio.wait_for(connection.recv(), 20))
        await connection.session.update(session=session)
        for place in range(0, len(CONTENT), 4_800):
            audio = base64.b64encode(CONTENT[place : place + 4_800]).decode()
            await connection.input_audio_buffer.append(audio=audio)
            await asyncio.sleep(0.005)
        if commit:
            await connection.input_audio_buffer.commit()
        wanted = 1 if commit else 2
        while sum(one.type.endswith("transcription.completed") for one in events) < wanted:
            events.append(await asyncio.wait_for(connection.recv(), 20))
    return events


def test_openai_client_hears_turns_that_the_service_finds(url) -> None:
    events = asyncio.run(transcribe(url, {"type": "server_vad"}, commit=False))
    kinds = [event.type for event in events]
    assert kinds[:2] == ["session.created", "session.updated"]
    done = [event for event in events if event.type.endswith("transcription.completed")]
    assert [event.transcript for event in done] == ["kam тоm", "kab"]
    for event in done:
        deltas = "".join(
            one.delta
            for one in events
            if one.type.endswith("transcription.delta") and one.item_id == event.item_id
        )
        assert deltas == event.transcript
        assert event.usage.type == "duration"
    started = [one for one in events if one.type.endswith("speech_started")]
    assert [one.item_id for one in started] == [one.item_id for one in done]
    assert kinds.count("input_audio_buffer.committed") == 2
    assert kinds.count("conversation.item.added") == 2


def test_openai_client_commits_its_own_turn(url) -> None:
    events = asyncio.run(transcribe(url, None, commit=True))
    done = [event for event in events if event.type.endswith("transcription.completed")]
    assert [event.transcript for event in done] == ["kam тоm kab"]


def test_a_browser_s_key_among_subprotocols(url) -> None:
    offered = ["realtime", f"openai-insecure-api-key.{KEY.replace(' ', '')}"]
    client = Client(url, "/v1/realtime?intent=transcription", subprotocols=offered)
    client.hear_out()  # the key has no blanks there, so it is another one
    assert client.socket.subprotocol == "realtime"
    assert client.messages[0]["error"]["code"] == "not-authenticated"
