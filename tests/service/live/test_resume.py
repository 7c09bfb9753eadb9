"""Dropped clients come back, to the same process or another: no word lost, doubled or moved."""

import itertools
import time
from contextlib import suppress

import pytest
from websockets.exceptions import ConnectionClosed

from tests.service.line import Line
from tests.service.over_http import served_api
from tests.service.settings import settings_with

from ...unit.streaming.coded_speech import WORDS as VOCABULARY
from ...unit.streaming.coded_speech import Said, assert_same_words, say
from .clients import Client, CodedModel, pcm

WORDS = [Said(VOCABULARY[place], 6_000, 2_000 + 9_000 * (place % 3 == 0)) for place in range(9)]
CONTENT = pcm(say(WORDS, tail=16_000))


@pytest.fixture(scope="module")
def url():
    with served_api(settings_with(streams_resume_s=5.0), CodedModel()) as client:
        yield str(client.base_url)


class Persistent:
    """A client that keeps what it has sent, and comes back as the protocol says."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.messages: list[dict] = []
        self.session_id = ""
        self.drops = 0

    @property
    def last_seq(self) -> int:
        return max((message.get("seq", 0) for message in self.messages), default=0)

    @property
    def words(self):
        return [
            (word["text"], word["start_s"], word["end_s"])
            for message in self.messages
            if message["type"] == "final"
            for word in message["words"]
        ]

    def connect(self) -> tuple[Client, int]:
        client = Client(self.url)
        known = {"session_id": self.session_id, "last_seq": self.last_seq}
        ready = client.start(**(known if self.session_id else {}))
        assert ready["type"] == "ready", ready
        assert ready["resumed"] is bool(self.session_id)
        self.session_id = ready["session_id"]
        client.messages.clear()
        return client, ready["received_bytes"]

    def hear_what_is_there(self, client: Client, timeout: float = 0.02) -> None:
        with suppress(TimeoutError, ConnectionClosed):
            while True:
                self.messages.append(client.hear(timeout))

    def speak(self, content: bytes, drop_at: list[int], size: int = 3_200) -> None:
        """Send everything, with the line cut at places of ``drop_at``."""
        client, place = self.connect()
        while place < len(content):
            client.socket.send(content[place : place + size])
            place += size
            self.hear_what_is_there(client, 0.005)
            if drop_at and place >= drop_at[0]:
                drop_at = drop_at[1:]
                client.drop()
                self.drops += 1
                client, place = self.connect()
        client.say(type="stop")
        with suppress(ConnectionClosed):
            while True:
                self.messages.append(client.hear())


def assert_numbers_grow(messages) -> None:
    numbers = [message["seq"] for message in messages if "seq" in message]
    assert all(one < after for one, after in itertools.pairwise(numbers))


@pytest.mark.parametrize("places", [[20_000], [40_000, 90_000, 140_000], [3_200, 6_400, 9_600]])
def test_a_dropped_client_loses_and_repeats_nothing(url, places) -> None:
    client = Persistent(url)
    client.speak(CONTENT, places)
    assert client.drops == len(places)
    assert_same_words(client.words, WORDS)
    assert_numbers_grow(client.messages)


def test_results_of_the_time_away_are_kept(url) -> None:
    client = Persistent(url)
    line, _ = client.connect()
    line.send_bytes(CONTENT)
    time.sleep(0.1)
    line.drop()
    time.sleep(1)
    again, received = client.connect()
    again.send_bytes(CONTENT[received:])
    again.say(type="stop")
    again.hear_out()
    assert_same_words(again.words, WORDS)


def test_the_same_session_on_another_socket_ends_the_first(url) -> None:
    client = Persistent(url)
    first, _ = client.connect()
    second, _ = client.connect()
    first.hear_out()
    assert (first.close_code, first.close_reason) == (1008, "taken-over")
    second.send(say(WORDS[:1], tail=16_000))
    second.say(type="stop")
    second.hear_out()
    assert_same_words(second.words, WORDS[:1])


@pytest.mark.parametrize("queued", [2, 40])
def test_a_half_open_socket_is_taken_over_in_the_middle_of_its_audio(url, queued) -> None:
    client = Persistent(url)
    client.connect()[0].send_bytes(CONTENT[: queued * 3_200])  # and no sign that it is gone
    client.speak(CONTENT, [])
    assert_same_words(client.words, WORDS)


def test_sessions_of_others_and_unknown_ones_are_refused(url) -> None:
    client = Client(url)
    answer = client.start(session_id="0" * 32)
    assert (answer["type"], answer["code"]) == ("error", "unknown-session")
    client.hear_out()
    assert client.close_code == 1008


def test_a_session_is_forgotten_when_its_time_is_over() -> None:
    with served_api(settings_with(streams_resume_s=0.3), CodedModel()) as http:
        client = Persistent(str(http.base_url))
        line, _ = client.connect()
        line.drop()
        time.sleep(1)
        answer = Client(str(http.base_url)).start(session_id=client.session_id)
        assert answer["code"] == "unknown-session"


def test_another_process_goes_on_where_the_first_was_killed(redis_url) -> None:
    settings = settings_with(streams_resume_url=redis_url)
    with (
        served_api(settings, CodedModel()) as one,
        served_api(settings, CodedModel()) as other,
    ):
        client = Persistent(str(one.base_url))
        line, _ = client.connect()
        for place in range(0, 150_000, 3_200):
            line.socket.send(CONTENT[place : place + 3_200])
            client.hear_what_is_there(line, 0.01)
        # As if the process were gone: nothing of it answers any more.
        line.drop()
        assert client.words
        client.url = str(other.base_url)
        client.speak(CONTENT, [])
        assert_same_words(client.words, WORDS)
        assert_numbers_grow(client.messages)


@pytest.mark.parametrize("fault", ["cut", "freeze"])
def test_through_a_faulty_proxy(url, fault) -> None:
    proxy = Line(int(url.rpartition(":")[2].strip("/")))
    client = Persistent(f"http://127.0.0.1:{proxy.port}")
    line, _place = client.connect()
    for number in range(0, 60_000, 3_200):
        line.socket.send(CONTENT[number : number + 3_200])
    if fault == "cut":
        proxy.cut()
        proxy.restore()
    else:
        proxy.freeze()
        line.socket.send(CONTENT[60_000:63_200])
        time.sleep(0.3)
        proxy.restore()
    time.sleep(0.1)
    client.hear_what_is_there(line)
    line.drop()
    client.speak(CONTENT, [])
    assert_same_words(client.words, WORDS)


@pytest.mark.slow
def test_storms_and_a_thousand_resumes_lose_no_word(url) -> None:
    """200 connects and disconnects, 1,000 resumes of one session."""
    for number in range(200):
        client = Client(url)
        client.start()
        client.send(say(WORDS[:1]))
        if number % 2:
            client.drop()
        else:
            client.socket.close()
    client = Persistent(url)
    line, place = client.connect()
    for _ in range(1_000):
        line.socket.send(CONTENT[place : place + 160])
        line.drop()
        line, place = client.connect()
    line.send_bytes(CONTENT[place:])
    line.say(type="stop")
    line.hear_out()
    client.messages += line.messages
    assert_same_words(client.words, WORDS)
