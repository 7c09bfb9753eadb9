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
from ovoz.engine.written import write_transcript
from ovoz.serving.app import build_app
from ovoz.serving.inference.local_model import LocalModel
from ovoz.serving.inference.options import LanguageHint
from ovoz.serving.problems import ProblemError
from ovoz.text.written.writing import Writing
from tests.service.over_http import served_api
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
    """OpenAI's users expect the written form."""
    spoken = load_engine(artifact).transcribe([clips[0]])[0]
    return write_transcript(spoken, Writing())


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


@pytest.mark.parametrize("language", ["ru-RU", "RU", "rus", "Russian", "ru_RU", " ru ", "ru-Cyrl"])
def test_languages_as_people_write_them(http, clip: Path, language: str) -> None:
    for path, field in (("/v1/audio/transcriptions", "language"), ("/transcribe", "language_hint")):
        data = {field: language, "response_format": "verbose_json",
                "timestamp_granularities[]": "word"}  # fmt: skip
        answer = http.post(path, files={"file": clip.read_bytes()}, data=data)
        assert answer.status_code == 200, answer.text
        assert {word["language"] for word in answer.json()["words"]} <= {"ru", "other"}


@pytest.mark.parametrize("language", ["uz_UZ", "uz-Latn", "uz-Cyrl", "uzb", "UZBEK", "uz-Cyrl-UZ"])
def test_uzbek_as_people_write_it(language: str) -> None:
    assert LanguageHint(language) is LanguageHint.UZBEK


@pytest.mark.parametrize("language", ["de", "fr-CA", "no language", "u", "ruz", "\u0000"])
def test_other_languages_are_refused(language: str) -> None:
    with pytest.raises(ValueError, match="LanguageHint"):
        LanguageHint(language)


def test_errors_have_the_shape_that_clients_show(client: OpenAI, clip: Path) -> None:
    with pytest.raises(openai.UnprocessableEntityError, match="send uz, ru") as caught:
        client.audio.transcriptions.create(model="x", file=clip, language="kk")
    told = caught.value
    assert (told.code, told.param, told.type) == (
        "unknown-language", "language", "invalid_request_error",
    )  # fmt: skip
    assert "not supported" in told.body["message"]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("timestamp_granularities[]", ["word", "segment"]),
        ("timestamp_granularities", ["word", "segment"]),
        ("timestamp_granularities", '["word", "segment"]'),
        ("timestamp_granularities", "word,segment"),
        ("timestamp_granularities[]", "word, segment"),
    ],
)
def test_granularities_in_all_spellings(http, clip: Path, field: str, value) -> None:
    data = {field: value, "response_format": "verbose_json"}
    path = "/v1/audio/transcriptions"
    answer = http.post(path, files={"file": clip.read_bytes()}, data=data).json()
    assert answer["words"]
    assert answer["segments"]
    refused = http.post(path, files={"file": clip.read_bytes()}, data={field: "words"})
    assert (refused.status_code, refused.json()["error"]["param"]) == (
        422, "timestamp_granularities",
    )  # fmt: skip


def test_a_refusal_quotes_no_more_than_a_line_of_the_request(http, clip: Path) -> None:
    for field in ("timestamp_granularities[]", "language"):
        data = {field: "a" * 100_000}
        path, files = "/v1/audio/transcriptions", {"file": clip.read_bytes()}
        refused = http.post(path, files=files, data=data)
        assert refused.status_code == 422
        assert len(refused.content) < 3_000
        assert "neither word nor segment" in refused.text or field == "language"
    assert len(ProblemError(422, "invalid-request", "a" * 5_000).problem.detail) == 1_000


def test_a_page_may_send_the_official_client_s_headers(artifact: Path) -> None:
    asked = {
        "Origin": "https://page.example",
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "authorization,x-stainless-lang,x-stainless-retry-count",
    }
    settings = settings_with(cors_origins="https://page.example")
    with served_api(settings, LocalModel.load(artifact, threads=1)) as client:
        allowed = client.options("/v1/audio/transcriptions", headers=asked)
        assert allowed.status_code == 200
        assert "x-stainless-lang" in allowed.headers["access-control-allow-headers"]
        other = asked | {"Origin": "https://other.example"}
        assert client.options("/v1/audio/transcriptions", headers=other).status_code == 400


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
