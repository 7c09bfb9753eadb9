"""Failures of other servers, each as a test named after its public report."""

import gc
import time

import numpy as np
import pytest
from websockets.exceptions import ConnectionClosed

from tests.service.line import Line
from tests.service.over_http import served_api
from tests.service.settings import settings_with

from ...unit.audio.test_incoming import opus
from ...unit.streaming.coded_speech import WORDS as VOCABULARY
from ...unit.streaming.coded_speech import Said, assert_same_words, say
from .clients import Client, CodedModel, pcm, silence
from .test_resume import Persistent

WORDS = [Said("kam", 6_000, 8_000), Said("mio", 7_000, 1_000), Said("kab", 6_000, 20_000)]
FAST = {"streams_max_speed": 0.0, "streams_resume_s": 5.0}


@pytest.fixture(scope="module")
def url():
    with served_api(settings_with(**FAST), CodedModel()) as client:
        yield str(client.base_url)


def heard(url: str, signal, *, size: int = 3_200, **fields) -> Client:
    client = Client(url)
    client.start(**fields)
    client.send(signal, size)
    client.say(type="stop")
    client.hear_out()
    assert client.close_code == 1000
    return client


def talk(minutes: float) -> list[Said]:
    """Phrases of four words between pauses of a second."""
    count = round(minutes * 60 / 3.2) * 4
    return [
        Said(VOCABULARY[place % len(VOCABULARY)], 7_000, 1_500 if place % 4 else 17_000)
        for place in range(count)
    ]


@pytest.mark.parametrize("tail", [0, 100, 8_000])
def test_whisperlive_203_the_last_result_comes_after_stop(url, tail) -> None:
    assert_same_words(heard(url, say(WORDS, tail)).words, WORDS)


def test_whisperlive_346_every_segment_is_completed(url) -> None:
    client = heard(url, say(talk(1), tail=16_000))
    begun = [event["segment"] for event in client.of("partial")]
    assert set(begun) <= {event["segment"] for event in client.of("final")}
    assert len(client.of("speech_started")) == len(client.of("speech_ended"))


@pytest.mark.parametrize("report", ["whisperlive_393", "whisperlive_196"])
def test_past_text_does_not_change_in_silence(url, report) -> None:
    client = Client(url)
    client.start()
    client.send(say(WORDS[:2], tail=16_000))
    client.hear_until("speech_ended")
    told = len(client.messages)
    client.send(silence(20))
    client.say(type="stop")
    client.hear_out()
    assert [one["type"] for one in client.messages[told:]] == ["finalized", "done"]


def test_whisperlivekit_129_pauses_cause_no_lag(url) -> None:
    client = Client(url)
    client.start()
    for _ in range(3):
        client.send(silence(20), size=64_000)
    begun = time.monotonic()
    client.send(say(WORDS[:1], tail=16_000))
    client.hear_until("final")
    assert time.monotonic() - begun < 17  # no timing, but the report's: 17 s
    assert not client.of("warning")
    client.socket.close()


def test_whisperlivekit_372_early_lines_do_not_vanish(url) -> None:
    words = talk(3)
    assert_same_words(heard(url, say(words, tail=16_000), size=32_000).words, words, off_s=0.002)


def test_whisperlivekit_315_nothing_is_repeated_after_minutes(url) -> None:
    words = [Said("kam", 8_000, 12_000) for _ in range(150)]  # three minutes of one word
    assert_same_words(heard(url, say(words, tail=16_000), size=32_000).words, words, off_s=0.002)


def test_whisper_streaming_152_the_buffer_does_not_grow_without_end() -> None:
    """Nearly ten minutes of speech without a pause that voice activity would find."""
    model = CodedModel()
    words = [Said(VOCABULARY[place % len(VOCABULARY)], 9_000, 900) for place in range(900)]
    with served_api(settings_with(**FAST), model) as http:
        client = heard(str(http.base_url), say(words), size=32_000)
    assert_same_words(client.words, words, off_s=0.002)
    assert model.reader.longest <= 29 * 16_000


@pytest.mark.parametrize("report", ["speaches_214", "speaches_277", "agents_4609", "agents_6429"])
def test_a_drop_while_sending_loses_no_text(url, report) -> None:
    place = {"speaches_214": 9_600, "speaches_277": 33_000, "agents_4609": 40_001}.get(
        report, 64_000
    )
    client = Persistent(url)
    client.speak((say(WORDS, 16_000) * 32_768).astype("<i2").tobytes(), [place])
    assert client.drops == 1
    assert_same_words(client.words, WORDS)


def test_realtimestt_259_voice_activity_goes_on_after_an_hour_of_silence(url) -> None:
    client = Client(url)
    client.start(partials=False)
    hour = (np.zeros(60 * 16_000)).astype("<i2").tobytes()
    for _ in range(60):
        client.send_bytes(hour, 640_000)
    client.send(say(WORDS, tail=16_000))
    client.say(type="stop")
    client.hear_out(120)
    found = [(text, start - 3_600, end - 3_600) for text, start, end in client.words]
    assert_same_words(found, WORDS)


def test_sherpa_84_a_client_that_only_listens_is_not_cut_off_while_it_keeps_alive() -> None:
    settings = settings_with(streams_idle_s=0.4)
    with served_api(settings, CodedModel()) as http:
        client = Client(str(http.base_url))
        client.start()
        for _ in range(8):
            time.sleep(0.1)
            client.say(type="keepalive")
        client.send(say(WORDS[:1], tail=16_000))
        client.say(type="stop")
        client.hear_out()
        assert client.close_code == 1000
        assert_same_words(client.words, WORDS[:1])


def test_sherpa_19_clients_that_are_gone_take_no_place() -> None:
    settings = settings_with(streams_max_sessions=3, **FAST)
    with served_api(settings, CodedModel()) as http:
        for _ in range(10):
            ghost = Client(str(http.base_url))
            assert ghost.start()["type"] == "ready"
            ghost.drop()
            time.sleep(0.05)


def test_vosk_server_64_times_do_not_jump_after_twenty_minutes(url) -> None:
    client = Client(url)
    client.start(partials=False)
    client.send(silence(21 * 60), size=640_000)
    client.send(say(WORDS, tail=16_000))
    client.say(type="stop")
    client.hear_out(60)
    found = [(text, start - 1_260, end - 1_260) for text, start, end in client.words]
    assert_same_words(found, WORDS)


def test_vosk_asterisk_48_a_call_closed_without_a_word_is_still_recognised(url) -> None:
    client = Persistent(url)
    line, _ = client.connect()
    line.send(say(WORDS[:2]))
    line.socket.close()  # a closing handshake, without stop
    again, received = client.connect()  # what lay unread between the two is asked for again
    again.send_bytes(pcm(say(WORDS[:2]))[received:])
    again.say(type="stop")
    again.hear_out()
    assert_same_words(again.words, WORDS[:2])


def test_node_live_transcription_6_only_the_first_chunk_has_a_header() -> None:
    signal = (0.5 * np.sin(np.arange(4 * 48_000) / 20)).astype(np.float32)
    content = opus(signal, "webm")
    with served_api(settings_with(**FAST), CodedModel(is_deaf=True)) as http:
        client = Client(str(http.base_url))
        session = client.start(encoding="opus", sample_rate=48_000)["session_id"]
        client.send_bytes(content[:2_000], 500)
        time.sleep(0.3)
        client.drop()
        again = Client(str(http.base_url))
        again.start(session_id=session, encoding="opus", sample_rate=48_000)
        again.send_bytes(content[2_000:], 500)  # goes on in the middle of the container
        again.say(type="stop")
        again.hear_out()
        assert again.close_code == 1000
        assert again.of("done")[0]["duration_s"] == pytest.approx(4, abs=0.2)


def test_xiaozhi_3000_nothing_stays_of_clients_that_reconnect(url) -> None:
    from ovoz.serving.live.session import LiveSession

    for number in range(30):
        client = Client(url)
        client.start()
        client.send(say(WORDS[:1]))
        client.say(type="stop")
        if number % 3:
            client.hear_out()
        else:
            client.drop()
    time.sleep(6)
    gc.collect()
    alive = [one for one in gc.get_objects() if isinstance(one, LiveSession)]
    assert len(alive) <= 2


def test_agents_6467_a_line_that_freezes_while_sending(url) -> None:
    proxy = Line(int(url.rpartition(":")[2].strip("/")))
    client = Client(f"http://127.0.0.1:{proxy.port}")
    client.start()
    client.send(say(WORDS[:1]))
    proxy.freeze()
    client.send(say(WORDS[1:], tail=16_000))
    time.sleep(1.2)
    proxy.restore()
    client.say(type="stop")
    client.hear_out()
    assert_same_words(client.words, WORDS)


def test_agents_931_speech_has_an_end_though_no_audio_follows(url) -> None:
    client = Client(url)
    client.start()
    client.send(say(WORDS[:1]))  # and then nothing, not even silence
    assert client.hear_until("speech_ended")["at_s"] == pytest.approx(14_000 / 16_000, abs=0.04)
    assert client.of("final")[0]["reason"] == "clock"
    client.socket.close()


@pytest.mark.parametrize("report", ["agents_js_2242", "agents_6246"])
def test_a_client_that_leaves_out_silence_has_times_of_its_audio(url, report) -> None:
    client = Client(url)
    client.start()
    client.send(say(WORDS[:1]))
    client.hear_until("final")
    time.sleep(0.5)  # the clock goes on, the audio does not
    client.send(say(WORDS[1:2]))
    client.say(type="stop")
    client.hear_out()
    assert_same_words(client.words, WORDS[:2])


@pytest.mark.parametrize("report", ["agents_js_2581", "agents_6889"])
def test_a_hang_up_loses_no_last_utterance(url, report) -> None:
    client = Persistent(url)
    content = pcm(say(WORDS))
    line, _ = client.connect()
    line.send_bytes(content)
    line.drop()
    time.sleep(0.5)
    again, received = client.connect()
    again.send_bytes(content[received:])  # what the line had not carried
    again.say(type="stop")
    again.hear_out()
    assert_same_words(again.words, WORDS)


@pytest.mark.parametrize("report", ["pipecat_4484", "pipecat_5401"])
def test_finalize_does_not_clip_the_tail(url, report) -> None:
    cut = 9_999 if report == "pipecat_4484" else 13_999
    client = Client(url)
    client.start()
    client.send(say(WORDS[:1])[:cut], size=777)
    client.say(type="finalize")
    finalized = client.hear_until("finalized")
    assert finalized["at_s"] == pytest.approx(cut / 16_000, abs=0.001)
    assert client.words[-1][2] == pytest.approx(cut / 16_000, abs=0.001)
    client.socket.close()


def test_a_socket_that_is_closed_says_nothing_more(url) -> None:
    client = heard(url, say(WORDS[:1]))
    with pytest.raises(ConnectionClosed):
        client.say(type="keepalive")
