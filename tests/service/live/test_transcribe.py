"""``/ws/transcribe`` over a real socket: the contract of the protocol."""

import hashlib
import time

import numpy as np
import pytest

from ovoz.decoding.hot_words import HotWordsError
from ovoz.serving.auth.api_keys import ApiKeys
from tests.service.over_http import served_api
from tests.service.settings import settings_with

from ...unit.audio.test_incoming import opus, written
from ...unit.streaming.coded_speech import Said, assert_same_words, say
from .clients import KEY, Client, CodedModel, pcm, silence

WORDS = [Said("kam", 6_000, 8_000), Said("mio", 7_000, 1_000), Said("kab", 6_000, 20_000)]
KEYS = ApiKeys([hashlib.sha256(KEY.encode()).hexdigest()])


@pytest.fixture(scope="module")
def url():
    with served_api(settings_with(), CodedModel()) as client:
        yield str(client.base_url)


def test_words_come_with_times_and_in_order(url) -> None:
    client = Client(url)
    ready = client.start()
    assert ready["type"] == "ready"
    assert ready["received_bytes"] == 0
    client.send(say(WORDS, tail=16_000), pause_s=0.01)
    client.say(type="stop")
    client.hear_out()
    assert client.close_code == 1000
    assert_same_words(client.words, WORDS)
    kinds = [message["type"] for message in client.messages]
    assert kinds[-1] == "done"
    told = [kind for kind in kinds if kind in {"speech_started", "final", "speech_ended"}]
    assert told == 2 * ["speech_started", "final", "speech_ended"]
    numbers = [message["seq"] for message in client.messages if "seq" in message]
    assert numbers == sorted(set(numbers))
    for partial in client.of("partial"):
        assert 0 <= partial["stable_chars"] <= len(partial["text"])
        assert partial["language_detected"] in {"uz", "ru", "mixed"}


def test_finalize_answers_with_everything_received_and_the_session_goes_on(url) -> None:
    client = Client(url)
    client.start(partials=False)
    client.send(say(WORDS[:1]), size=1_234)
    client.say(type="finalize")
    finalized = client.hear_until("finalized")
    assert finalized["at_s"] == pytest.approx(14_000 / 16_000, abs=0.001)
    assert [word for word, _, _ in client.words] == ["kam"]
    client.say(type="keepalive")
    client.send(say(WORDS[1:]))
    client.say(type="stop")
    client.hear_out()
    assert_same_words(client.words, WORDS)
    assert not client.of("partial")


@pytest.mark.parametrize(
    ("encoding", "rate"),
    [("float32", 16_000), ("s16le", 8_000), ("s16le", 44_100), ("mulaw", 8_000), ("alaw", 8_000)],
)
def test_every_encoding_at_any_rate(encoding, rate) -> None:
    """By the length of what is heard: companded and resampled levels are no words."""
    model = CodedModel(is_deaf=True)
    with served_api(settings_with(), model) as http:
        client = Client(str(http.base_url))
        assert client.start(encoding=encoding, sample_rate=rate)["sample_rate"] == rate
        signal = (0.5 * np.sin(np.arange(2 * rate) / 8)).astype(np.float32)
        kind = {"float32": "f32le"}.get(encoding, encoding)
        client.send_bytes(written(signal, type_of(kind)), 1_111)
        client.say(type="stop")
        client.hear_out()
    assert client.close_code == 1000
    assert client.of("done")[0]["duration_s"] == pytest.approx(2, abs=0.002)
    assert model.finals >= 1


def type_of(name):
    from ovoz.audio.incoming import Encoding

    return Encoding(name)


@pytest.mark.parametrize("container", ["ogg", "webm"])
def test_opus_as_a_browser_records_it(container) -> None:
    with served_api(settings_with(), CodedModel(is_deaf=True)) as http:
        client = Client(str(http.base_url))
        assert client.start(encoding="opus", sample_rate=48_000)["received_bytes"] is None
        signal = (0.5 * np.sin(np.arange(3 * 48_000) / 20)).astype(np.float32)
        client.send_bytes(opus(signal, container), 1_500)
        client.say(type="stop")
        client.hear_out()
    assert client.close_code == 1000
    assert client.of("done")[0]["duration_s"] == pytest.approx(3, abs=0.1)


def test_two_channels_of_a_call_are_two_tracks_of_one_session(url) -> None:
    caller, agent = [Said("kam", 8_000, 4_000)], [Said("mio", 8_000, 20_000)]
    left, right = say(caller, tail=32_000), say(agent, tail=16_000)
    both = np.stack([left, right], axis=1)
    client = Client(url)
    client.start(channels=2)
    client.send_bytes(pcm(both.reshape(-1)), 6_400)
    client.say(type="stop")
    client.hear_out()
    found = {(final["channel"], final["text"]) for final in client.of("final")}
    assert found == {(0, "kam"), (1, "mio")}
    for final in client.of("final"):
        assert {word["channel"] for word in final["words"]} == {final["channel"]}


def test_silence_yields_nothing(url) -> None:
    client = Client(url)
    client.start()
    client.send(silence(5))
    client.say(type="stop")
    assert [one["type"] for one in client.hear_out()] == ["ready", "finalized", "done"]


def test_unusable_hot_words_are_told_at_the_start(url) -> None:
    model = CodedModel()
    model.fault = HotWordsError("hot word 'x': no such letters")
    with served_api(settings_with(), model) as http:
        client = Client(str(http.base_url))
        error = client.start(hotwords=["x"])
        assert (error["type"], error["code"]) == ("error", "hot-words")
        client.hear_out()
        assert client.close_code == 1008


@pytest.mark.parametrize("way", ["header", "query", "message", "none", "wrong"])
def test_a_key_comes_by_header_query_or_first_message(way) -> None:
    with served_api(settings_with(), CodedModel(), KEYS) as http:
        headers = {"Authorization": f"Bearer {KEY}"} if way == "header" else {}
        path = "/ws/transcribe" + {"query": "?token=" + KEY.replace(" ", "%20")}.get(way, "")
        client = Client(str(http.base_url), path, additional_headers=headers)
        fields = {"message": {"token": KEY}, "wrong": {"token": "another"}}.get(way, {})
        answer = client.start(**fields)
        if answer["type"] == "ready":
            client.say(type="stop")
        client.hear_out()
    if way in {"none", "wrong"}:
        assert (answer["type"], answer["code"]) == ("error", "not-authenticated")
        assert (client.close_code, client.close_reason) == (1008, "not-authenticated")
    else:
        assert answer["type"] == "ready"
        assert client.close_code == 1000


def test_a_key_without_the_scope_is_refused() -> None:
    keys = ApiKeys([f"{hashlib.sha256(KEY.encode()).hexdigest()} lens metrics"])
    with served_api(settings_with(), CodedModel(), keys) as http:
        client = Client(str(http.base_url), additional_headers={"X-API-Key": KEY})
        client.hear_out()
        assert (client.close_code, client.close_reason) == (1008, "scope-missing")


def test_pages_of_other_origins_are_refused(url) -> None:
    client = Client(url, origin="https://elsewhere.example")
    client.hear_out()
    assert (client.close_code, client.close_reason) == (1008, "origin-refused")
    own = Client(url, origin=url)
    assert own.start()["type"] == "ready"
    own.socket.close()


def test_more_sessions_than_places_get_1013() -> None:
    with served_api(settings_with(streams_max_sessions=2), CodedModel()) as http:
        clients = [Client(str(http.base_url)) for _ in range(3)]
        answers = [client.start()["type"] for client in clients]
        assert answers == ["ready", "ready", "error"]
        clients[2].hear_out()
        assert clients[2].close_code == 1013
        clients[0].say(type="stop")
        clients[0].hear_out()
        assert Client(str(http.base_url)).start()["type"] == "ready"


def test_a_place_is_not_held_by_who_may_come_back() -> None:
    with served_api(settings_with(streams_max_sessions=1), CodedModel()) as http:
        ghost = Client(str(http.base_url))
        ghost.start()
        ghost.drop()
        time.sleep(0.3)
        assert Client(str(http.base_url)).start()["type"] == "ready"


def test_large_messages_idle_clients_and_long_sessions_are_closed() -> None:
    limits = {
        "streams_max_frame_bytes": 10_000,
        "streams_idle_s": 0.5,
        "streams_max_session_s": 2.0,
    }
    with served_api(settings_with(**limits), CodedModel()) as http:
        large = Client(str(http.base_url))
        large.start()
        large.socket.send(bytes(10_001))
        large.hear_out()
        assert large.close_code == 1009
        idle = Client(str(http.base_url))
        idle.start()
        idle.send(say(WORDS[:1]))
        idle.hear_out()
        assert (idle.close_code, idle.of("error")[0]["code"]) == (1008, "idle")
        assert [word for word, _, _ in idle.words] == ["kam"]
        long = Client(str(http.base_url))
        long.start()
        long.send(say([Said("kam", 6_000, 30_000)], tail=16_000), size=9_600)
        long.hear_out()
        assert (long.close_code, long.of("error")[0]["code"]) == (1008, "session-too-long")
        assert [word for word, _, _ in long.words] == ["kam"]


def test_seconds_of_audio_count_while_they_come() -> None:
    settings = settings_with(audio_s_per_minute=3)
    with served_api(settings, CodedModel(), KEYS) as http:
        client = Client(str(http.base_url))
        client.start(token=KEY)
        client.send(say([Said("kam", 8_000, 8_000)], tail=64_000))
        client.hear_out()
        assert (client.close_code, client.of("error")[0]["code"]) == (1013, "rate-limited")
        assert [word for word, _, _ in client.words] == ["kam"]


def test_sockets_count_among_the_requests_of_a_caller() -> None:
    with served_api(settings_with(concurrent_requests=1), CodedModel(), KEYS) as http:
        first, second = Client(str(http.base_url)), Client(str(http.base_url))
        assert first.start(token=KEY)["type"] == "ready"
        assert second.start(token=KEY)["code"] == "rate-limited"
        second.hear_out()
        assert second.close_code == 1013


def test_audio_faster_than_allowed_waits_and_is_not_lost() -> None:
    with served_api(settings_with(streams_max_speed=20.0), CodedModel()) as http:
        client = Client(str(http.base_url))
        client.start(partials=False)
        words = [Said("kam", 8_000, 24_000) for _ in range(15)]
        begun = time.monotonic()
        client.send(say(words), size=32_000)
        client.say(type="stop")
        client.hear_out()
        assert time.monotonic() - begun > 0.9  # 30 s: ten at once, the others at 20 times
        assert_same_words(client.words, words)


def test_a_fault_of_the_model_closes_with_1011() -> None:
    model = CodedModel()
    with served_api(settings_with(), model) as http:
        client = Client(str(http.base_url))
        client.start(partials=False)
        model.fault = MemoryError("none left")
        client.send(say(WORDS[:1], tail=16_000))
        client.hear_out()
        assert (client.close_code, client.of("error")[0]["code"]) == (1011, "internal-fault")
        assert "none left" not in str(client.messages)
