"""``ovoz transcribe --url`` and ``ovoz stream`` against the real service."""

import asyncio
import json
from collections.abc import AsyncIterator

import pytest
from typer.testing import CliRunner

from ovoz.cli import microphone
from ovoz.cli.main import app
from tests.clients.python.test_requests import WORDS, wav
from tests.service.live.clients import KEY, pcm
from tests.unit.streaming.coded_speech import say

RUNNER = CliRunner()
TEXT = " ".join(word.text for word in WORDS)


@pytest.fixture
def run(url, monkeypatch):
    """Runs a command with the key of the service."""

    def invoke(*arguments, key=KEY):
        monkeypatch.setenv("OVOZ_API_KEY", key)
        monkeypatch.setenv("NO_PROXY", "127.0.0.1")
        return RUNNER.invoke(app, [*map(str, arguments), "--url", url])

    return invoke


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "call.wav"
    path.write_bytes(wav())
    return path


@pytest.mark.parametrize("options", [[], ["--long"]])
def test_a_recording(run, file, options) -> None:
    result = run("transcribe", file, "--json", *options)
    assert result.exit_code == 0, result.output
    record = json.loads(result.stdout)
    assert record["text"] == TEXT
    assert record["training_data"] == "nothing"


@pytest.mark.parametrize("options", [[], ["--long"]])
def test_a_service_is_asked_for_the_speakers(run, file, options) -> None:
    result = run("transcribe", file, "--speakers", "2", *options)
    assert result.exit_code == 1
    assert "this service tells none apart: OVOZ_SPEAKERS_ENCODER is not set" in result.stderr


def test_subtitles_and_the_words_on_the_screen(run, file) -> None:
    result = run("transcribe", file, "--words", "--subtitles", "srt")
    assert result.exit_code == 0, result.output
    assert WORDS[0].text in result.stdout
    assert WORDS[1].text in file.with_suffix(".srt").read_text("utf-8")


def test_what_the_service_refuses_is_named_and_the_others_are_done(run, file, tmp_path) -> None:
    bad = tmp_path / "bad.mp3"
    bad.write_bytes(b"nothing")
    result = run("transcribe", bad, file)
    assert result.exit_code == 1
    assert "bad.mp3" in result.stderr
    assert "audio-unreadable" in result.stderr
    assert WORDS[0].text in result.stdout


def test_a_missing_key_says_where_it_goes(run, file) -> None:
    for command in ("transcribe", "stream"):
        result = run(command, file, key="")
        assert result.exit_code in {1, 2}
        assert "OVOZ_API_KEY" in result.stderr


def test_a_model_of_this_machine_and_a_service_exclude_each_other(run, file) -> None:
    assert run("transcribe", file, "--model", file).exit_code == 2


def test_a_file_streamed_as_json(run, file) -> None:
    result = run("stream", file, "--json", "--fast")
    assert result.exit_code == 0, result.output
    events = [json.loads(line) for line in result.stdout.splitlines()]
    finals = [event["text"] for event in events if event["type"] == "final"]
    assert " ".join(finals) == TEXT
    assert events[-1]["type"] == "done"


def test_a_microphone_on_the_screen(run, monkeypatch) -> None:
    async def heard(_device: str, _piece_s: float) -> AsyncIterator[bytes]:
        content = pcm(say(WORDS, tail=16_000))
        for place in range(0, len(content), 3_200):
            await asyncio.sleep(0)
            yield content[place : place + 3_200]

    monkeypatch.setattr(microphone, "listen", heard)
    result = run("stream", "--mic")
    assert result.exit_code == 0, result.output
    assert all(word.text in result.stdout for word in WORDS)


def test_a_microphone_that_is_not_there(run) -> None:
    result = run("stream", "--mic", "--device", "no such device")
    assert result.exit_code == 2
    assert "--device" in " ".join(result.stderr.split())


def test_a_file_or_the_microphone(run, file) -> None:
    assert run("stream").exit_code == 2
    assert run("stream", file, "--mic").exit_code == 2
    result = run("stream", file.parent / "none.wav")
    assert result.exit_code == 2
    assert "none.wav" in result.stderr
