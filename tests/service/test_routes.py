"""The API around an engine, without a server."""

import asyncio
from dataclasses import replace
from pathlib import Path

import httpx
import numpy as np
import pytest
from fastapi.testclient import TestClient

from ovoz.audio.encode import write_flac
from ovoz.engine.load import load_engine
from ovoz.serving.api import batch
from ovoz.serving.app import build_app
from ovoz.serving.inference.local_model import LocalModel
from ovoz.serving.middleware.problem_responses import ForeignErrors
from ovoz.text.language import label_by_script
from tests.service.settings import settings_with

SETTINGS = settings_with(max_upload_bytes=200_000, max_duration_s=5)


class BrokenEngine:
    """Fails on everything, as on a machine out of memory."""

    label = staticmethod(label_by_script)

    def transcribe(self, batch, *, hot_words, allowed_letters):
        raise RuntimeError("secret path /srv/models/1")


def client(model: LocalModel | None) -> TestClient:
    return TestClient(build_app(SETTINGS, model), raise_server_exceptions=False)


@pytest.fixture(scope="module")
def ready(artifact: Path) -> TestClient:
    return client(LocalModel.load(artifact, threads=1))


def test_answer_agrees_with_the_engine(ready, artifact: Path, clip: Path, clips) -> None:
    (transcript,) = load_engine(artifact).transcribe([clips[0]])
    answer = ready.post("/transcribe", files={"file": clip.read_bytes()}).json()
    assert answer["text"] == transcript.text
    assert answer["language_detected"] == transcript.language.value
    assert len(answer["switches"]) == len(transcript.switches)
    assert answer["model_version"] == transcript.model_version
    assert answer["processing_ms"] > 0
    assert answer["notice"] == "trained on random weights"


def test_a_batch_keeps_its_order_and_a_bad_file_to_itself(ready, clip: Path) -> None:
    sent = [("a.flac", clip.read_bytes()), ("bad.mp3", b"nothing"), ("c.flac", clip.read_bytes())]
    answer = ready.post("/transcribe/batch", files=[("files", one) for one in sent])
    assert answer.status_code == 200
    first, bad, last = answer.json()["results"]
    assert [one["name"] for one in (first, bad, last)] == ["a.flac", "bad.mp3", "c.flac"]
    assert first["answer"]["text"] == last["answer"]["text"] != ""
    assert first["problem"] is None
    assert (bad["answer"], bad["problem"]["status"]) == (None, 422)
    many = [("files", (f"{number}", b"x")) for number in range(SETTINGS.limits.max_batch_files + 1)]
    assert ready.post("/transcribe/batch", files=many).status_code == 422
    assert client(None).post("/transcribe/batch", files=many[:1]).status_code == 503


def test_a_batch_that_takes_too_long_keeps_what_is_done(ready, clip: Path, monkeypatch) -> None:
    monkeypatch.setattr(batch, "WHOLE_S", 0.0)
    files = [("files", ("a.flac", clip.read_bytes()))]
    answer = ready.post("/transcribe/batch", files=files)
    (item,) = answer.json()["results"]
    assert (answer.status_code, item["problem"]["type"]) == (200, "urn:ovoz:problem:deadline")


@pytest.mark.parametrize(
    ("form", "kind", "start"),
    [
        ("text", "text/plain", ""),
        ("srt", "application/x-subrip", "1\n00:00:"),
        ("vtt", "text/vtt", "WEBVTT"),
    ],
)
def test_other_formats(ready, clip: Path, form: str, kind: str, start: str) -> None:
    answer = ready.post("/transcribe", files={"file": clip.read_bytes()}, data={"format": form})
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith(kind)
    assert answer.text.startswith(start)
    assert len(answer.text) > 3


def test_words_are_left_out_where_nobody_wants_times(ready, clip: Path) -> None:
    form = {"files": {"file": clip.read_bytes()}, "data": {"timestamps": "false"}}
    assert ready.post("/transcribe", **form).json()["words"] is None


def test_the_written_form_stands_beside_the_spoken_one(ready, clip: Path) -> None:
    def ask(**data: str) -> httpx.Response:
        return ready.post("/transcribe", files={"file": clip.read_bytes()}, data=data)

    spoken = ask().json()
    answer = ask(written="true", script="latin").json()
    form = answer.pop("written")
    assert answer["text"] == spoken["text"] != ""
    assert answer["words"] == spoken["words"]
    assert form["text"].endswith(".")
    assert not any("Ѐ" <= letter <= "ӿ" for letter in form["text"])
    assert form["text"] == " ".join(word["text"] for word in form["words"])
    assert form["words"][-1]["end_s"] == spoken["words"][-1]["end_s"]
    assert ask(written="true", script="latin", format="text").text == form["text"] + "\n"
    assert ask(written="true", timestamps="false").json()["written"]["words"] is None
    assert "written" not in spoken
    assert ask(script="runes").status_code == 422


def test_hot_words_are_listened_for(ready, artifact: Path, clip: Path, clips) -> None:
    def heard(words: str) -> dict:
        form = {"files": {"file": clip.read_bytes()}, "data": {"hotwords": words}}
        return ready.post("/transcribe", **form)

    (boosted,) = load_engine(artifact).transcribe([clips[0]], hot_words=["kredit"])
    assert heard("kredit, ").json()["text"] == boosted.text
    assert heard("").json()["text"] == load_engine(artifact).transcribe([clips[0]])[0].text
    for wrong in ("two words", "x" * 41, ",".join("ab" for _ in range(101))):
        answer = heard(wrong)
        assert answer.status_code == 422
        assert answer.json()["type"].endswith("hot-words")


@pytest.mark.parametrize(("hint", "kept"), [("uz", "uz"), ("ru", "ru")])
def test_hint_leaves_out_the_other_language(ready, clips, tmp_path: Path, hint, kept) -> None:
    for place, samples in enumerate(clips):
        file = write_flac(tmp_path / f"{place}.flac", samples).read_bytes()
        answer = ready.post("/transcribe", files={"file": file}, data={"language_hint": hint})
        assert {word["language"] for word in answer.json()["words"]} <= {kept, "other"}


def test_hint_that_is_none(ready, clip: Path) -> None:
    form = {"files": {"file": clip.read_bytes()}, "data": {"language_hint": "kk"}}
    answer = ready.post("/transcribe", **form)
    assert answer.status_code == 422
    assert "language_hint" in answer.json()["detail"]


def test_silence_is_an_answer_without_words(ready, tmp_path: Path) -> None:
    silence = write_flac(tmp_path / "silence.flac", np.zeros(1_000, np.float32))
    answer = ready.post("/transcribe", files={"file": silence.read_bytes()})
    assert answer.status_code == 200
    assert (answer.json()["text"], answer.json()["words"]) == ("", [])


def test_until_the_model_is_loaded_nothing_is_answered(clip: Path) -> None:
    starting = TestClient(ForeignErrors(build_app(SETTINGS)))
    health = starting.get("/health")
    assert (health.json()["status"], health.json()["model_loaded"]) == ("unhealthy", False)
    answer = starting.post("/transcribe", files={"file": clip.read_bytes()})
    for refused in (health, answer):
        assert (refused.status_code, refused.headers["retry-after"]) == (503, "2")
    assert answer.json()["type"].endswith("model-not-loaded")


def test_fault_tells_no_inner_detail(artifact: Path, clip: Path) -> None:
    whole = LocalModel.load(artifact, threads=1)
    broken = replace(whole, engine=BrokenEngine())
    answer = client(broken).post("/transcribe", files={"file": clip.read_bytes()})
    assert answer.status_code == 500
    assert answer.headers["content-type"] == "application/problem+json"
    assert "secret" not in answer.text


@pytest.mark.parametrize("told", [True, False], ids=["length told", "chunked"])
def test_body_over_the_limit(ready, told: bool) -> None:
    head = b'--x\r\nContent-Disposition: form-data; name="file"; filename="x"\r\n\r\n'
    body = head + bytes(SETTINGS.limits.max_upload_bytes + 100_000) + b"\r\n--x--\r\n"
    pieces = body if told else (body[at : at + 8_192] for at in range(0, len(body), 8_192))
    kind = {"Content-Type": "multipart/form-data; boundary=x"}
    answer = ready.post("/transcribe", content=pieces, headers=kind)
    assert answer.status_code == 413
    assert answer.json()["type"].endswith("audio-too-large")


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b"--x\r\nnonsense", "multipart/form-data; boundary=x"),
        (b"--x--", "multipart/form-data"),
        (b"file=abc", "application/x-www-form-urlencoded"),
        (b"\x00\xff" * 50, "application/json"),
    ],
)
def test_form_that_is_none(ready, content: bytes, kind: str) -> None:
    answer = ready.post("/transcribe", content=content, headers={"Content-Type": kind})
    assert 400 <= answer.status_code < 500
    assert answer.headers["content-type"] == "application/problem+json"


def test_errors_are_part_of_the_api_description(ready) -> None:
    described = ready.get("/openapi.json").json()["paths"]["/transcribe"]["post"]["responses"]
    assert {"200", "401", "413", "422", "503"} <= set(described)
    assert "application/problem+json" in described["413"]["content"]


def test_work_that_a_library_cancels_is_a_fault_and_no_cut_line() -> None:
    async def cancelled(scope, receive, send) -> None:
        raise asyncio.CancelledError

    answer = TestClient(ForeignErrors(cancelled)).get("/anything")
    assert answer.status_code == 500
    assert answer.json()["type"].endswith("internal-fault")
