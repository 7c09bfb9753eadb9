"""The bridge between calls of Asterisk's and the real service: no call is lost."""

import asyncio
import json
import uuid
from pathlib import Path

import pytest
from ovoz_audiosocket.bridge import Bridge
from ovoz_audiosocket.settings import BridgeSettings, read_settings
from ovoz_client import AsyncClient

from ovoz.serving.auth.network import free_port
from tests.clients.answering import answering
from tests.clients.audiosocket.asterisk import audio, call, frame, greeting
from tests.clients.steady import SteadyModel
from tests.service.live.clients import pcm
from tests.service.over_http import served_api
from tests.service.settings import settings_with
from tests.unit.streaming.coded_speech import Said, say, times

WORDS = [Said("kam", 6_000, 4_000), Said("mio", 6_000, 12_000), Said("kab", 6_000, 12_000)]
CONTENT = pcm(say(WORDS, tail=16_000)[::2])
FRAMES = audio(CONTENT)
HANG_UP = frame(0x00)


@pytest.fixture(scope="module")
def url(tmp_path_factory):
    folder = tmp_path_factory.mktemp("jobs")
    settings = settings_with(jobs_dir=folder, jobs_sweep_s=0.1, streams_max_speed=0)
    with served_api(settings, SteadyModel()) as http:
        yield str(http.base_url).rstrip("/")


async def bridged(settings, calls):
    """Runs calls (track, pieces, reset) over a bridge until all is delivered."""
    async with Bridge(settings) as bridge:
        await asyncio.gather(
            *(call(bridge.ports[track], pieces, reset=reset) for track, pieces, reset in calls)
        )
        while len(bridge._calls):
            await asyncio.sleep(0.02)


def settings_of(url, tmp_path, **changes):
    known = {"caller": ("127.0.0.1", 0), "callee": ("127.0.0.1", 0), "recordings": tmp_path / "r"}
    return BridgeSettings(url=url, **known | changes)


def told(capsys, call_id, kind=None):
    events = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    return [
        event
        for event in events
        if event["call"] == str(call_id) and (kind is None or event["type"] == kind)
    ]


def words_of(events, track="caller"):
    return [
        (word["text"], word["start_s"], word["end_s"])
        for event in events
        if event["type"] == "final" and event["track"] == track
        for word in event["words"]
    ]


def assert_words(found, words=WORDS) -> None:
    assert [text for text, _, _ in found] == [word.text for word in words]
    for (_, start_s, _), (_, right_s, _) in zip(found, times(words), strict=True):
        assert start_s == pytest.approx(right_s, abs=0.02)


async def result_of(url, job_id):
    async with AsyncClient(url, trust_env=False) as client:
        (result,) = (await client.wait_for_job(job_id, timeout_s=60)).results
        return result


def test_both_sides_of_a_call_are_captioned_and_become_jobs(url, tmp_path, capsys) -> None:
    call_id = uuid.uuid4()
    callee = [Said("kas", 8_000, 8_000)]
    other = audio(pcm(say(callee, tail=16_000)[::2]))
    calls = [
        (0, [greeting(call_id), *FRAMES, HANG_UP], False),
        (1, [greeting(call_id), frame(0x03, b"5"), *other, HANG_UP], False),
    ]
    asyncio.run(bridged(settings_of(url, tmp_path), calls))
    events = told(capsys, call_id)
    assert_words(words_of(events))
    assert_words(words_of(events, "callee"), callee)
    ends = [event["reason"] for event in events if event["type"] == "call_ended"]
    assert ends == ["hang-up", "hang-up"]
    jobs = {event["track"]: event["job_id"] for event in events if event["type"] == "job"}
    result = asyncio.run(result_of(url, jobs["caller"]))
    assert result.answer.text == "kam mio kab"
    assert str(call_id) in result.name
    assert "_caller_" in result.name
    assert list((tmp_path / "r").iterdir()) == []


def test_twenty_calls_at_once(url, tmp_path, capsys) -> None:
    ids = [uuid.uuid4() for _ in range(20)]
    calls = [
        (number % 2, [greeting(one), *FRAMES, HANG_UP], False) for number, one in enumerate(ids)
    ]
    asyncio.run(bridged(settings_of(url, tmp_path), calls))
    events = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    for number, one in enumerate(ids):
        own = [event for event in events if event["call"] == str(one)]
        assert_words(words_of(own, ("caller", "callee")[number % 2]))
        assert [event["type"] for event in own].count("job") == 1
    assert list((tmp_path / "r").iterdir()) == []


POINTS = {
    "before the UUID": [],
    "within the head": [b"\x01"],
    "within the UUID": [greeting(uuid.UUID(int=1))[:9]],
    "behind the UUID": [0],
    "within the head of audio": [0, b"\x10\x01"],
    "within a frame": [0, *FRAMES[:20], FRAMES[20][:100]],
    "within a word": [0, *FRAMES[:20]],
    "behind a word": [0, *FRAMES[:40]],
    "by an error": [0, *FRAMES[:40], frame(0xFF, b"\x04")],
    "by a reset": [0, *FRAMES[:40]],
    "behind all": [0, *FRAMES],
}


def test_a_hang_up_at_every_point_loses_nothing_that_was_heard(url, tmp_path, capsys) -> None:
    ids = {point: uuid.uuid4() for point in POINTS}
    calls = [
        (0, [greeting(ids[point]) if piece == 0 else piece for piece in pieces], "reset" in point)
        for point, pieces in POINTS.items()
    ]
    asyncio.run(bridged(settings_of(url, tmp_path), calls))
    events = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    for point, pieces in POINTS.items():
        own = [event for event in events if event["call"] == str(ids[point])]
        heard = [piece for piece in pieces if piece in FRAMES]
        if "reset" in point:
            # What a reset overtakes never arrived; what did has its captions and its job.
            assert own[-1]["type"] == "call_ended" if own else True
            continue
        assert bool(own) is (0 in pieces), point
        texts = [text for text, _, _ in words_of(own)]
        said = [word.text for word, (_, start_s, _) in zip(WORDS, times(WORDS), strict=True)
                if start_s + 0.1 < len(heard) * 0.02]  # fmt: skip
        assert texts == said, point
        assert [event["type"] for event in own].count("job") == bool(heard), point
        if own:
            reason = own[-1]["reason"]
            assert reason == ("error 04" if point == "by an error" else "dropped"), point


def test_what_is_no_audiosocket_is_closed_and_others_go_on(url, tmp_path, capsys) -> None:
    call_id = uuid.uuid4()
    strange = [(0, [b"GET / HTTP/1.1\r\nHost: x\r\n\r\n" + bytes(70_000)], False)]
    changed = [(0, [greeting(uuid.uuid4()), *FRAMES[:3], frame(0x12, bytes(640))], False)]
    calls = [*strange, *changed, (0, [greeting(call_id), *FRAMES, HANG_UP], False)]
    asyncio.run(bridged(settings_of(url, tmp_path), calls))
    assert_words(words_of(told(capsys, call_id)))


def test_a_service_that_is_away_postpones_the_job(url, tmp_path, capsys, monkeypatch) -> None:
    call_id = uuid.uuid4()
    nobody = f"http://127.0.0.1:{free_port()}"
    settings = settings_of(nobody, tmp_path)
    monkeypatch.setattr("ovoz_audiosocket.bridge.CALL_S", 0.5)
    monkeypatch.setattr("ovoz_client.stream._OPEN_S", 0.5)
    asyncio.run(bridged(settings, [(0, [greeting(call_id), *FRAMES, HANG_UP], False)]))
    kinds = [event["type"] for event in told(capsys, call_id)]
    assert kinds == ["call_started", "captions_lost", "job_postponed", "call_ended"]
    (kept,) = (tmp_path / "r").iterdir()
    assert kept.stat().st_size == len(CONTENT)
    asyncio.run(bridged(settings_of(url, tmp_path), []))  # as it starts again
    assert list((tmp_path / "r").iterdir()) == []
    assert "kam mio kab" in asyncio.run(newest_texts(url))


async def newest_texts(url):
    async with AsyncClient(url, trust_env=False) as client:
        newest = (await client.jobs(1))[0]
        job = await client.wait_for_job(newest.id, timeout_s=60)
        return [result.answer.text for result in job.results]


def test_captions_to_a_webhook_in_order_over_its_faults(url, tmp_path) -> None:
    call_id = uuid.uuid4()
    with answering((503, {}, b""), (0, {}, b""), (204, {}, b"")) as receiver:
        settings = settings_of(url, tmp_path, webhook=f"{receiver.url}/captions", partials=True)
        asyncio.run(bridged(settings, [(0, [greeting(call_id), *FRAMES, HANG_UP], False)]))
        events = [json.loads(body) for _, _, _, body in receiver.asked[2:]]
    assert events[0] == {"type": "call_started", "call": str(call_id), "track": "caller"}
    assert [event["type"] for event in events[-2:]] == ["job", "call_ended"]
    assert_words(words_of(events))


def test_a_full_bridge_refuses(url, tmp_path, capsys) -> None:
    calls = [(0, [greeting(uuid.uuid4()), *FRAMES[:3]], False)]
    asyncio.run(bridged(settings_of(url, tmp_path, max_calls=0), calls))
    assert capsys.readouterr().out == ""


def test_the_command_line(monkeypatch, tmp_path: Path, capsys) -> None:
    monkeypatch.setenv("OVOZ_API_KEY", "KEY")
    arguments = [
        "--url",
        "http://h:3000",
        "--callee",
        "0.0.0.0:9093",
        "--recordings",
        str(tmp_path),
    ]
    settings = read_settings(arguments)
    assert (settings.key, settings.callee) == ("KEY", ("0.0.0.0", 9093))
    with pytest.raises(SystemExit):
        read_settings(["--url", "http://h:3000", "--caller", "9092"])
    assert "HOST:PORT" in capsys.readouterr().err
