"""OpenAI's own client against the service."""

import json
import subprocess
from pathlib import Path

import openai
import pytest
from fastapi.testclient import TestClient
from openai import OpenAI

from bentos.asr.build import build
from bentos.asr.smoke import served
from ovoz.engine.load import load_engine
from ovoz.serving.app import build_app
from ovoz.serving.inference.local_model import LocalModel
from tests.service.settings import settings_with

SETTINGS = settings_with(max_upload_bytes=200_000, max_duration_s=5)


@pytest.fixture(scope="module")
def http(artifact: Path) -> TestClient:
    return TestClient(build_app(SETTINGS, LocalModel.load(artifact, threads=1)))


@pytest.fixture(scope="module")
def client(http: TestClient) -> OpenAI:
    return OpenAI(api_key="any", base_url="http://testserver/v1", http_client=http, max_retries=0)


@pytest.fixture(scope="module")
def said(artifact: Path, clips):
    return load_engine(artifact).transcribe([clips[0]])[0]


def kind_of(error: openai.APIStatusError) -> str:
    return error.response.json()["type"]


def test_models(client: OpenAI, said) -> None:
    assert [one.id for one in client.models.list()] == [said.model_version]


def test_json(client: OpenAI, clip: Path, said) -> None:
    answer = client.audio.transcriptions.create(model="whisper-1", file=clip)
    assert answer.text == said.text


@pytest.mark.parametrize(("form", "start"), [("srt", "1\n00:00:"), ("vtt", "WEBVTT\n")])
def test_subtitles(client: OpenAI, clip: Path, form: str, start: str) -> None:
    answer = client.audio.transcriptions.create(model="x", file=clip, response_format=form)
    assert answer.startswith(start)


def test_text(client: OpenAI, clip: Path, said) -> None:
    answer = client.audio.transcriptions.create(model="x", file=clip, response_format="text")
    assert answer == said.text + "\n"


def test_words_and_segments(client: OpenAI, clip: Path, said) -> None:
    answer = client.audio.transcriptions.create(
        model="whisper-1",
        file=clip,
        response_format="verbose_json",
        timestamp_granularities=["word", "segment"],
    )
    assert answer.text == said.text
    assert answer.duration == pytest.approx(1.3, abs=0.01)
    assert [word.word for word in answer.words] == [word.text for word in said.words]
    assert [word.language for word in answer.words] == [word.language for word in said.words]
    assert " ".join(segment.text for segment in answer.segments) == said.text
    plain = client.audio.transcriptions.create(
        model="whisper-1", file=clip, response_format="verbose_json"
    )
    assert plain.words is None
    assert plain.segments


def test_stream(client: OpenAI, clip: Path, said) -> None:
    events = list(client.audio.transcriptions.create(model="x", file=clip, stream=True))
    assert "".join(e.delta for e in events if e.type == "transcript.text.delta") == said.text
    assert events[-1].type == "transcript.text.done"
    assert events[-1].text == said.text


def test_language_is_a_hint(client: OpenAI, http, clip: Path) -> None:
    answer = http.post(
        "/v1/audio/transcriptions",
        files={"file": clip.read_bytes()},
        data={"language": "ru", "response_format": "verbose_json",
              "timestamp_granularities[]": ["word"]},
    )  # fmt: skip
    assert {word["language"] for word in answer.json()["words"]} <= {"ru", "other"}
    with pytest.raises(openai.UnprocessableEntityError) as caught:
        client.audio.transcriptions.create(model="x", file=clip, language="kk")
    assert kind_of(caught.value).endswith("unknown-language")


def test_what_is_no_audio_is_an_error_of_the_client(client: OpenAI) -> None:
    with pytest.raises(openai.UnprocessableEntityError) as caught:
        client.audio.transcriptions.create(model="x", file=("a.wav", b"RIFF nothing"))
    assert kind_of(caught.value).endswith("audio-unreadable")


@pytest.mark.slow
def test_a_running_service_answers_client_and_curl(artifact, clip, said, tmp_path) -> None:
    with served(build(artifact, "1", tmp_path), tmp_path) as address:
        client = OpenAI(api_key="any", base_url=f"{address}/v1", max_retries=0)
        assert client.audio.transcriptions.create(model="whisper-1", file=clip).text == said.text
        done = subprocess.run(
            ["curl", "-sf", f"{address}/v1/audio/transcriptions", "-F", f"file=@{clip}",
             "-F", "model=whisper-1"],
            capture_output=True, text=True, check=True,
        )  # fmt: skip
        assert json.loads(done.stdout) == {"text": said.text}
