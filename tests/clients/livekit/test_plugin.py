"""The LiveKit plugin, in its own environment, against the real package and the real service.

The assertions of LiveKit's own test of speech to text are among them: frames of 10 ms at 24 kHz,
starts and ends of speech in turn, a final transcript, few word errors.
"""

import hashlib
import json
import os
import random
import subprocess
import sys
import threading
import wave
from pathlib import Path

import pytest
import soxr
from uv import find_uv_bin

from ovoz.serving.auth.api_keys import ApiKeys
from tests.clients.steady import SteadyModel
from tests.packaging.conftest import OUTSIDE, ROOT
from tests.service.line import Line
from tests.service.live.clients import KEY, CodedModel, pcm
from tests.service.over_http import served_api
from tests.service.settings import settings_with
from tests.unit.streaming.coded_speech import Said, assert_same_words, say, times

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

AGENTS = "livekit-agents==1.8.9"
WORDS = [
    Said("kam", 6_000, 8_000), Said("mio", 7_000, 2_000), Said("руo", 6_000, 14_000),
    Said("kab", 6_000, 1_000), Said("mis", 8_000, 16_000),
]  # fmt: skip
UNREACHABLE = ("error sending request", "failed to fetch", "dns error", "timed out", "offline")


@pytest.fixture(scope="module")
def python(tmp_path_factory) -> Path:
    """The interpreter of an environment with LiveKit and the plugin."""
    folder = tmp_path_factory.mktemp("livekit") / "venv"
    interpreter = folder / "bin/python"

    def uv(*arguments: object) -> subprocess.CompletedProcess[str]:
        command = [find_uv_bin(), *map(str, arguments)]
        return subprocess.run(command, env=OUTSIDE, capture_output=True, text=True)

    assert uv("venv", "--quiet", "--python", sys.executable, folder).returncode == 0
    install = ("pip", "install", "--quiet", "--python", interpreter)
    done = uv(*install, AGENTS, "mypy")
    if done.returncode and any(sign in done.stderr.lower() for sign in UNREACHABLE):
        pytest.skip(f"the package index cannot be reached: {done.stderr.strip()[-200:]}")
    assert done.returncode == 0, done.stderr
    done = uv(*install, ROOT / "clients/python", ROOT / "clients/livekit")
    assert done.returncode == 0, done.stderr
    return interpreter


@pytest.fixture(scope="module")
def url():
    with served_api(settings_with(streams_max_speed=0), SteadyModel()) as http:
        yield str(http.base_url).rstrip("/")


@pytest.fixture
def drive(python, tmp_path):
    """Runs the driver with words at a rate."""

    def driven(mode, url, *options, rate=16_000, key=KEY, words=WORDS):
        path = tmp_path / "call.wav"
        signal = say(words, tail=16_000)
        signal = signal if rate == 16_000 else soxr.resample(signal, 16_000, rate)
        with wave.open(str(path), "wb") as file:
            file.setnchannels(1)
            file.setsampwidth(2)
            file.setframerate(rate)
            file.writeframes(pcm(signal))
        command = [python, Path(__file__).with_name("driver.py"), mode, url, path, *options]
        environment = OUTSIDE | {"OVOZ_API_KEY": key, "NO_PROXY": "127.0.0.1"}
        done = subprocess.run(
            list(map(str, command)), env=environment, cwd=tmp_path, capture_output=True, text=True
        )
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    return driven


def of(seen, kind):
    return [event for event in seen["events"] if event["type"] == kind]


def words_of(seen):
    finals = of(seen, "final_transcript")
    return [tuple(word) for final in finals for word in final["alternatives"][0]["words"]]


def test_types(python) -> None:
    plugin = ROOT / "clients/livekit/livekit/plugins/ovoz"
    command = [python, "-m", "mypy", "--strict", "--namespace-packages", "--explicit-package-bases"]
    done = subprocess.run([*command, plugin], cwd=ROOT / "clients/livekit", env=OUTSIDE | {
        "MYPYPATH": str(ROOT / "clients/livekit"), "MYPY_CACHE_DIR": os.devnull,
    }, capture_output=True, text=True)  # fmt: skip
    assert done.returncode == 0, done.stdout


def test_batch(drive, url) -> None:
    seen = drive("batch", url)
    (event,) = seen["events"]
    assert event["type"] == "final_transcript"
    assert_same_words(words_of(seen), WORDS)
    assert event["alternatives"][0]["source_languages"] == ["uz", "mixed"]
    assert seen["metrics"] == [pytest.approx(len(say(WORDS, tail=16_000)) / 16_000)]


def test_a_stream_has_every_kind_of_event_with_languages_and_times(drive, url) -> None:
    seen = drive("stream", url, 1)
    assert_same_words(words_of(seen), WORDS)
    edges = [event["type"] for event in seen["events"] if "of_speech" in event["type"]]
    assert edges
    assert edges == ["start_of_speech", "end_of_speech"] * (len(edges) // 2)
    assert of(seen, "interim_transcript")
    first = of(seen, "final_transcript")[0]["alternatives"][0]
    assert first["language"] == "uz"
    assert [word["language"] for word in first["metadata"]["words"]] == ["uz", "uz"]
    mixed = of(seen, "final_transcript")[1]["alternatives"][0]
    assert set(mixed["source_languages"]) == {"uz", "mixed"}
    heard_s = len(say(WORDS, tail=16_000)) / 16_000
    assert sum(event["usage_s"] for event in of(seen, "recognition_usage")) == pytest.approx(
        heard_s
    )
    assert sum(seen["metrics"]) == pytest.approx(heard_s)
    assert seen["model"] == "coded-1"
    assert {event["request_id"] for event in seen["events"]} != {""}


def test_as_livekits_own_test_does(drive, url) -> None:
    """24 kHz in frames of 10 ms, to which LiveKit's resampler is put."""
    seen = drive("stream", url, 2, rate=24_000)
    found = [text for text, _, _ in words_of(seen)]
    assert found == [word.text for word in WORDS]  # a word error rate of 0, where 0.25 would do
    for (_, start_s, _), (_, right_s, _) in zip(words_of(seen), times(WORDS), strict=True):
        assert start_s == pytest.approx(right_s, abs=0.02)


def test_key_terms_are_hot_words(drive, url) -> None:
    assert_same_words(words_of(drive("keyterms", url)), WORDS)
    assert SteadyModel.hot_words == {"bank", "kartasi", "kredit"}


def test_a_refusal_is_not_tried_again(drive) -> None:
    keys = ApiKeys([hashlib.sha256(KEY.encode()).hexdigest()])
    with served_api(settings_with(), CodedModel(), keys) as http:
        address = str(http.base_url).rstrip("/")
        for mode in ("batch", "stream"):
            seen = drive(mode, address, key="wrong")
            assert (seen["body"], seen["retryable"]) == ("not-authenticated", False)


@pytest.mark.parametrize("seed", range(3))
def test_drops_lose_nothing_and_move_no_time(drive, url, seed) -> None:
    line, over = Line(int(url.rpartition(":")[2])), threading.Event()

    def cut_now_and_then() -> None:
        chance = random.Random(seed)
        while not over.wait(chance.uniform(0.2, 0.8)):
            line.cut()
            line.restore()

    cutting = threading.Thread(target=cut_now_and_then)
    cutting.start()
    try:
        seen = drive("stream", f"http://127.0.0.1:{line.port}", 1)
    finally:
        over.set()
        cutting.join()
        line.end()
    assert_same_words(words_of(seen), WORDS)
    assert not [event for event in of(seen, "final_transcript") if not event["request_id"]]
