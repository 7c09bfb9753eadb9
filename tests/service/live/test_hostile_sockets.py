"""Generated sequences of messages: no crash, no hang, and a close code of the contract."""

import json

import numpy as np
import pytest
from websockets.exceptions import ConnectionClosed

from tests.service.over_http import served_api
from tests.service.settings import settings_with

from ...unit.streaming.coded_speech import Said, assert_same_words, say
from .clients import Client, CodedModel, pcm

CODES = {1000, 1008, 1009, 1011, 1012, 1013}
SPEECH = pcm(say([Said("kam", 6_000, 2_000)]))
PATHS = ("/ws/transcribe", "/v1/listen?encoding=linear16", "/v1/realtime?intent=transcription")
LIMITS = {
    "streams_max_frame_bytes": 60_000,
    "streams_idle_s": 0.5,
    "streams_silent_s": 1.0,
    "streams_max_speed": 0.0,
    "streams_resume_s": 1.0,
}


@pytest.fixture(scope="module")
def url():
    with served_api(settings_with(**LIMITS), CodedModel()) as client:
        yield str(client.base_url)


def strange_message(rng: np.random.Generator) -> str | bytes:
    """A message that no client should send, or one that it should."""
    starts = [
        {"type": "start"},
        {"type": "start", "sample_rate": int(rng.integers(-5, 200_000))},
        {"type": "start", "encoding": str(rng.choice(["s16le", "opus", "mp3", "", "мп3"]))},
        {"type": "start", "channels": int(rng.integers(-2, 5)), "endpoint_ms": 0},
        {"type": "start", "session_id": "x" * int(rng.integers(0, 100)), "last_seq": -1},
        {"type": "start", "hotwords": ["\x00", "a" * 100]},
        {"type": "start", "language_hint": "klingon"},
    ]
    usual = [
        "keepalive", "finalize", "stop", "KeepAlive", "Finalize", "CloseStream",
        "input_audio_buffer.commit", "input_audio_buffer.clear", "session.update",
    ]  # fmt: skip
    choices: list[str | bytes] = [
        json.dumps(starts[rng.integers(len(starts))]),
        json.dumps({"type": str(rng.choice(usual))}),
        json.dumps({"type": "ack", "seq": [None, -1, 1e300, "1", 2**70][rng.integers(5)]}),
        json.dumps(
            {"type": "input_audio_buffer.append", "audio": ["", "!!", None][rng.integers(3)]}
        ),
        json.dumps({"type": "session.update", "session": {"audio": {"input": {"format": 5}}}}),
        json.dumps({"type": ["start"]}),
        json.dumps([{"type": "start"}]),
        "[" * 5_000,
        "{",
        "",
        "null",
        '{"type": "start", "sample_rate": NaN}',
        SPEECH[: int(rng.integers(0, 20_000))],
        rng.bytes(int(rng.integers(0, 4_000))),
        b"OggS" + rng.bytes(500),
        b"\x1aE\xdf\xa3" + rng.bytes(500),
        bytes(60_001),
        b"",
    ]
    return choices[rng.integers(len(choices))]


def play(url: str, seed: int) -> int | None:
    """The close code of a sequence; None where the client left."""
    rng = np.random.default_rng(seed)
    client = Client(url, PATHS[seed % len(PATHS)])
    try:
        if rng.random() < 0.6 and seed % 3 == 0:
            client.start()
        for _ in range(rng.integers(1, 9)):
            client.socket.send(strange_message(rng))
        if rng.random() < 0.2:
            client.drop()
            return None
    except ConnectionClosed:
        pass
    client.hear_out(20)
    return client.close_code


def assert_answers(url: str) -> None:
    words = [Said("kam", 6_000, 8_000)]
    client = Client(url)
    client.start()
    client.send(say(words, tail=9_000))
    client.say(type="stop")
    client.hear_out()
    assert_same_words(client.words, words)


def run_sequences(url: str, seeds: range) -> None:
    codes = {seed: play(url, seed) for seed in seeds}
    strange = {seed: code for seed, code in codes.items() if code not in CODES | {None}}
    assert strange == {}
    assert 1011 not in codes.values()
    assert_answers(url)


def test_generated_sequences_are_closed_by_the_contract(url) -> None:
    run_sequences(url, range(30))


@pytest.mark.slow
def test_hundreds_of_generated_sequences(url) -> None:
    run_sequences(url, range(30, 500))


def test_endless_keepalive_without_audio_ends(url) -> None:
    client = Client(url)
    client.start()
    with pytest.raises(ConnectionClosed):
        for _ in range(100):
            client.say(type="keepalive")
            client.socket.recv_events_thread.join(0.05)
    client.hear_out()
    assert (client.close_code, client.of("error")[0]["code"]) == (1008, "idle")


def test_a_client_that_never_reads_costs_nobody_else() -> None:
    settings = settings_with(streams_send_s=0.5, streams_max_speed=0.0)
    words = [Said("kam", 1_700, 7_000) for _ in range(400)]
    with served_api(settings, CodedModel()) as http:
        deaf = Client(str(http.base_url), max_queue=1)
        deaf.say(type="start")
        try:
            for _ in range(20):
                deaf.send(say(words[:50]), size=32_000)
        except (ConnectionClosed, OSError):
            pass
        assert_answers(str(http.base_url))
        deaf.drop()
