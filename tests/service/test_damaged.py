"""Damaged recordings over HTTP: transcribed as far as they go, with a warning of what is lost."""

from pathlib import Path

import pytest

from ovoz.serving.inference.local_model import LocalModel
from ovoz.serving.inference.options import RecognitionOptions
from ovoz.serving.jobs.recording import Limits, recognise_recording
from tests.service.over_http import served_api
from tests.service.settings import settings_with

from ..hostile_audio import recording

HEADER = "x-ovoz-warning"


@pytest.fixture(scope="module")
def model(artifact: Path) -> LocalModel:
    return LocalModel.load(artifact, threads=1)


@pytest.fixture(scope="module")
def client(model: LocalModel):
    with served_api(settings_with(cache_url="memory://"), model) as opened:
        yield opened


@pytest.fixture(scope="module")
def damaged() -> bytes:
    """An MP3 with noise in the place of some packets."""
    content = recording("mp3", "libmp3lame", 3.0)
    third = len(content) // 3
    return content[:third] + b"\xff\xfb\x90\xff" * 100 + content[third + 400 :]


def test_what_is_lost_is_in_the_answer_and_in_the_header(client, damaged: bytes) -> None:
    for cached in (False, True):
        answer = client.post("/transcribe", files={"file": damaged})
        assert answer.status_code == 200, answer.text
        told = answer.json()
        assert told["cached"] is cached
        assert told["duration_s"] == pytest.approx(3.0, abs=0.3)
        (warning,) = told["warnings"]
        assert warning["kind"] == "damaged"
        assert 0.5 < warning["start_s"] <= warning["end_s"] < 2.0
        assert warning["detail"] in answer.headers[HEADER]
        assert all(word["end_s"] <= told["duration_s"] for word in told["words"])


def test_formats_without_a_place_for_it_have_the_header(client, damaged: bytes) -> None:
    for form in ("text", "srt", "vtt"):
        answer = client.post("/transcribe", files={"file": damaged}, data={"format": form})
        assert "is damaged" in answer.headers[HEADER]
    for data in ({"response_format": "verbose_json"}, {"stream": "true"}):
        answer = client.post("/v1/audio/transcriptions", files={"file": damaged}, data=data)
        assert "is damaged" in answer.headers[HEADER]
    whole = client.post("/transcribe", files={"file": recording("mp3", "libmp3lame", 3.0)})
    assert HEADER not in whole.headers
    assert whole.json()["warnings"] == []


def test_a_batch_keeps_the_warning_with_its_recording(client, damaged: bytes) -> None:
    files = [("files", recording("mp3", "libmp3lame", 3.0)), ("files", damaged)]
    whole, other = client.post("/transcribe/batch", files=files).json()["results"]
    assert (whole["answer"]["warnings"], len(other["answer"]["warnings"])) == ([], 1)


def test_more_lost_than_configured_is_a_problem(model, damaged: bytes) -> None:
    content = recording("wav", "pcm_s16le", 3.0)
    with served_api(settings_with(max_lost_share=0.1), model) as strict:
        for cut, status in ((content[: len(content) * 95 // 100], 200), (content[:-200_000], 422)):
            answer = strict.post("/transcribe", files={"file": cut})
            assert answer.status_code == status
        assert answer.json()["type"] == "urn:ovoz:problem:audio-damaged"
        assert "the file ends at" in answer.json()["detail"]


@pytest.mark.parametrize("whole_s", [60.0, 1.0])
def test_jobs_name_it_too(model, damaged: bytes, tmp_path: Path, whole_s: float) -> None:
    file = tmp_path / "damaged"
    file.write_bytes(damaged)
    limits = Limits(whole_s, 60.0, 0.5)
    found = recognise_recording(model, file, RecognitionOptions(), limits, lambda: False)
    assert [loss.kind for loss in found.losses] == ["damaged"]
    assert found.duration_s == pytest.approx(3.0, abs=0.3)


def test_unknown_fields_are_named(client, clip: Path) -> None:
    file = {"file": clip.read_bytes()}
    answer = client.post("/transcribe", files=file, data={"hotword": "bank", "хотворд": "x"})
    assert answer.status_code == 200
    assert "the field 'hotword' is not known" in answer.headers[HEADER]
    assert answer.headers[HEADER].isascii()
    form = {"language": "uz", "langauge": "ru", "prompt": "bank", "temperature": "0.5"}
    told = client.post("/v1/audio/transcriptions", files=file, data=form).headers[HEADER]
    assert "'langauge'" in told
    assert "prompt has no effect" in told
    assert "temperature has no effect" in told
    batch = client.post("/transcribe/batch", files={"files": clip.read_bytes()}, data={"x": "1"})
    assert "'x'" in batch.headers[HEADER]
    known = {"language_hint": "uz", "hotwords": "bank", "timestamps": "1", "format": "json"}
    assert HEADER not in client.post("/transcribe", files=file, data=known).headers
    unknown = client.post("/feedback", json={"request_id": "1", "text": "x", "txt": "y"})
    assert unknown.status_code == 422
    assert "txt" in unknown.json()["detail"]
