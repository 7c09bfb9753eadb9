"""Uploads made to break the service: every one is refused by name, or transcribed."""

import io
import struct
from pathlib import Path

import numpy as np
import pytest
import soundfile
from fastapi.testclient import TestClient

from ovoz.serving.app import build_app
from ovoz.serving.inference.local_model import LocalModel
from tests.service.settings import settings_with

from ..hostile_audio import cut_short, head_scrambled, repeated

SETTINGS = settings_with(max_upload_bytes=2_000_000, max_duration_s=10)
FORMATS = (("WAV", "PCM_16"), ("WAV", "FLOAT"), ("FLAC", "PCM_16"), ("OGG", "VORBIS"))


@pytest.fixture(scope="module")
def client(artifact: Path) -> TestClient:
    model = LocalModel.load(artifact, threads=1)
    return TestClient(build_app(SETTINGS, model), raise_server_exceptions=False)


def post(client: TestClient, content: bytes, **fields: str):
    return client.post("/transcribe", files={"file": ("x", content)}, data=fields)


def assert_refused_or_answered(answer) -> None:
    if answer.status_code == 200:
        assert answer.json()["duration_s"] <= SETTINGS.limits.max_duration_s
        return
    assert answer.status_code in {413, 422}, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["type"].startswith("urn:ovoz:problem:audio-")
    assert answer.json()["status"] == answer.status_code
    assert "Traceback" not in answer.text


def recording(form: str, subtype: str, seconds: float = 0.5) -> bytes:
    samples = 0.2 * np.sin(np.arange(int(16_000 * seconds)) / 20)
    file = io.BytesIO()
    soundfile.write(file, samples, 16_000, format=form, subtype=subtype)
    return file.getvalue()


def wav_header(*, rate: int, channels: int, data_bytes: int, promised: int) -> bytes:
    block = channels * 2
    form = struct.pack("<HHIIHH", 1, channels, rate, rate * block % 2**32, block, 16)
    head = b"RIFF" + struct.pack("<I", promised) + b"WAVEfmt " + struct.pack("<I", 16) + form
    return head + b"data" + struct.pack("<I", promised) + bytes(data_bytes)


@pytest.mark.parametrize(("form", "subtype"), FORMATS)
def test_damaged_recordings(client, form: str, subtype: str) -> None:
    generator = np.random.default_rng(11)
    for how in 13 * (cut_short, head_scrambled, repeated):
        assert_refused_or_answered(post(client, how(recording(form, subtype), generator)))


@pytest.mark.parametrize(
    "content",
    [
        wav_header(rate=1, channels=1, data_bytes=64, promised=64),
        wav_header(rate=384_000, channels=1, data_bytes=64, promised=64),
        wav_header(rate=16_000, channels=64, data_bytes=1280, promised=1280),
        wav_header(rate=16_000, channels=0, data_bytes=64, promised=64),
        b"#EXTM3U\nfile:///etc/passwd\n",
        b"ffconcat version 1.0\nfile /etc/passwd\n",
        b"PK\x03\x04" + bytes(2_000),
        b"\x89PNG\r\n\x1a\n" + bytes(2_000),
        b"Salom, bank" * 100,
    ],
    ids=["1 Hz", "384 kHz", "64 channels", "no channel", "hls", "concat", "zip", "png", "text"],
)
def test_not_a_sensible_recording(client, content: bytes) -> None:
    answer = post(client, content)
    assert_refused_or_answered(answer)
    assert answer.status_code == 422


def test_header_that_promises_hours(client) -> None:
    content = wav_header(rate=16_000, channels=1, data_bytes=16_000, promised=2**31 - 100)
    assert_refused_or_answered(post(client, content))


def test_ten_hours_of_silence_in_a_small_file(client) -> None:
    file = io.BytesIO()
    hour = np.zeros(8_000 * 3600, np.int16)
    with soundfile.SoundFile(file, "w", 8_000, 1, format="FLAC", subtype="PCM_16") as flac:
        for _ in range(10):
            flac.write(hour)
    content = file.getvalue()
    assert len(content) < SETTINGS.limits.max_upload_bytes
    answer = post(client, content)
    assert answer.status_code == 413
    assert answer.json()["type"].endswith("audio-too-long")


def test_samples_that_are_no_numbers(client) -> None:
    file = io.BytesIO()
    soundfile.write(file, np.full(8_000, np.nan), 16_000, format="WAV", subtype="FLOAT")
    answer = post(client, file.getvalue())
    assert answer.status_code == 422
    assert answer.json()["type"].endswith("audio-not-finite")


def test_hint_that_does_not_exist(client) -> None:
    answer = post(client, recording("WAV", "PCM_16"), language_hint="klingon")
    assert answer.status_code == 422
    assert answer.json()["type"].endswith("invalid-request")
    assert "language_hint" in answer.json()["detail"]
