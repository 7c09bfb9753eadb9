"""Who speaks, in every answer that has it, and answers that nobody asked for it."""

import io
import json
import logging
import time
import wave
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from fastapi.testclient import TestClient
from openai import OpenAI

from ovoz.corpus.synthetic.speech import Speaker
from ovoz.corpus.synthetic.voices import Voice
from ovoz.engine.transcript import Word
from ovoz.serving.app import build_app
from ovoz.serving.inference.local_model import LocalModel
from ovoz.text.language import Language
from tests.service.settings import settings_with
from tests.unit.speakers.encoders import write_fbank_encoder, write_signal_encoder

TEXTS = ("bugun havo juda yaxshi boʻldi", "men ertaga bozorga boraman", "u kitob oʻqiyapti")
VOICES = (Voice("Michael", 20, 30, 150), Voice("belinda", 90, 60, 150))
WORDS = ("kam", "banka", "saldo", "kredit")


class Dictated:
    """A model that hears a word in the middle of each turn."""

    batch_frames = 0

    def __init__(self, model: LocalModel, middles_s: list[float]) -> None:
        self.info = model.info
        self._model = model
        self._middles_s = middles_s

    def transcribe_all(self, batch):
        words = tuple(
            Word(text, middle - 0.2, middle + 0.2, Language.UZBEK, 0.9)
            for text, middle in zip(WORDS, self._middles_s, strict=True)
        )
        text = " ".join(word.text for word in words)
        return [
            replace(one, text=text, words=words, switches=())
            for one in self._model.transcribe_all(batch)
        ]


@pytest.fixture(scope="module")
def call() -> tuple[bytes, list[float]]:
    """Two synthetic voices in turns, as WAV, and the middle of each turn."""
    speaker, pause = Speaker(), np.zeros(8_000, np.float32)
    pieces, middles, length = [], [], 0
    for turn in range(4):
        said = np.concatenate([speaker.say(text, VOICES[turn % 2]) for text in TEXTS])
        middles.append((length + len(said) / 2) / 16_000)
        pieces += [said, pause]
        length += len(said) + len(pause)
    file = io.BytesIO()
    with wave.open(file, "wb") as written:
        written.setnchannels(1)
        written.setsampwidth(2)
        written.setframerate(16_000)
        written.writeframes((np.concatenate(pieces) * 32_767).astype("<i2").tobytes())
    return file.getvalue(), middles


@pytest.fixture(scope="module")
def model(artifact: Path, call) -> Dictated:
    return Dictated(LocalModel.load(artifact, threads=1), call[1])


@pytest.fixture(scope="module")
def encoder(tmp_path_factory) -> Path:
    return write_signal_encoder(tmp_path_factory.mktemp("encoder") / "e.onnx")


@pytest.fixture(scope="module")
def client(model, encoder, tmp_path_factory):
    folder = tmp_path_factory.mktemp("jobs")
    settings = settings_with(
        speakers_encoder=encoder, jobs_dir=folder, jobs_sweep_s=0.1, cache_url="memory://"
    )
    with TestClient(build_app(settings, model)) as made:
        yield made


@pytest.fixture(scope="module")
def without(model, tmp_path_factory):
    settings = settings_with(jobs_dir=tmp_path_factory.mktemp("jobs"))
    with TestClient(build_app(settings, model)) as made:
        yield made


def ask(client, content: bytes, **fields):
    return client.post("/transcribe", files={"file": ("call.wav", content)}, data=fields)


def speakers_of(answer) -> list[int]:
    return [word["speaker"] for word in answer["words"]]


def test_words_have_speakers_and_speakers_their_talk(client, call) -> None:
    answer = ask(client, call[0], speakers="2").json()
    assert speakers_of(answer) == [1, 2, 1, 2]
    assert [(one["speaker"], one["turns"], one["words"]) for one in answer["speakers"]] == [
        (1, 2, 2), (2, 2, 2),
    ]  # fmt: skip
    assert sum(one["share"] for one in answer["speakers"]) == pytest.approx(1)
    assert "interruptions" not in answer["speakers"][0]  # one channel does not show them
    written = ask(client, call[0], speakers="2", written="true").json()["written"]
    assert speakers_of(written) == [1, 2, 1, 2]
    assert written["text"] == "Kam. Banka. Saldo. Kredit."


def test_one_speaker_asked_for_is_one(client, call) -> None:
    assert speakers_of(ask(client, call[0], speakers="1").json()) == [1, 1, 1, 1]


def test_an_answer_that_nobody_asked_for_speakers_has_no_trace_of_them(
    client, without, call
) -> None:
    ask(client, call[0], speakers="2")  # what is kept of it is not the answer to another wish
    for one in (client, without):
        told = ask(one, call[0]).text
        assert "speaker" not in told
        assert list(json.loads(told)["words"][0]) == [
            "text", "start_s", "end_s", "language", "confidence",
        ]  # fmt: skip
        for form in ("srt", "vtt"):
            assert "peaker" not in ask(one, call[0], format=form).text


def test_subtitles_say_who_speaks(client, call) -> None:
    srt = ask(client, call[0], speakers="2", format="srt").text
    assert [line for line in srt.splitlines() if "Speaker" in line] == [
        "Speaker 1: kam", "Speaker 2: banka", "Speaker 1: saldo", "Speaker 2: kredit",
    ]  # fmt: skip
    vtt = ask(client, call[0], speakers="2", format="vtt").text
    assert "<v Speaker 2><lang uz>banka</lang></v>" in vtt


def test_jobs(client, call) -> None:
    sent = {"files": [("files", ("call.wav", call[0]))], "data": {"speakers": "2"}}
    job = client.post("/jobs", **sent).json()
    deadline = time.monotonic() + 30
    while (told := client.get(f"/jobs/{job['id']}").json())["state"] not in ("done", "failed"):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    answer = told["results"][0]["answer"]
    assert speakers_of(answer) == [1, 2, 1, 2]
    assert [one["speaker"] for one in answer["speakers"]] == [1, 2]
    written = client.get(f"/jobs/{job['id']}", params={"written": True}).json()
    assert speakers_of(written["results"][0]["answer"]["written"]) == [1, 2, 1, 2]


def test_openai_diarized_json(client, call) -> None:
    openai = OpenAI(api_key="any", base_url="http://testserver/v1", http_client=client)
    asked = {"model": "gpt-4o-transcribe-diarize", "file": ("call.wav", call[0])}
    answer = openai.audio.transcriptions.create(
        **asked,
        response_format="diarized_json",
        chunking_strategy="auto",
        extra_body={"speakers": "2"},
    )
    assert [(one.speaker, one.text) for one in answer.segments] == [
        ("A", "Kam."), ("B", "Banka."), ("A", "Saldo."), ("B", "Kredit."),
    ]  # fmt: skip
    assert answer.usage.seconds == answer.duration
    events = openai.audio.transcriptions.create(
        **asked, response_format="diarized_json", stream=True, extra_body={"speakers": "2"}
    )
    assert [one.type for one in events] == [
        *["transcript.text.segment"] * 4,
        "transcript.text.done",
    ]


@pytest.mark.parametrize("speakers", ["auto", "2", "1-3"])
def test_speakers_without_an_encoder_are_refused(without, call, speakers) -> None:
    upload = {"file": ("call.wav", call[0])}
    for path, files, fields in (
        ("/transcribe", upload, {"speakers": speakers}),
        ("/v1/audio/transcriptions", upload, {"speakers": speakers}),
        ("/v1/audio/transcriptions", upload, {"response_format": "diarized_json"}),
        ("/jobs", {"files": upload["file"]}, {"speakers": speakers}),
    ):
        refused = without.post(path, files=files, data=fields)
        assert refused.status_code == 422, path
        assert refused.json()["type"] == "urn:ovoz:problem:speakers-not-configured"
        assert "OVOZ_SPEAKERS_ENCODER" in refused.json()["detail"]
    batch = without.post(
        "/transcribe/batch", files={"files": upload["file"]}, data={"speakers": "2"}
    ).json()
    assert batch["results"][0]["problem"]["type"] == "urn:ovoz:problem:speakers-not-configured"


@pytest.mark.parametrize("speakers", ["0", "21", "many", "3-2", "9"])
def test_a_bad_number_is_told(client, call, speakers) -> None:
    for path, field in (("/transcribe", "file"), ("/jobs", "files")):
        refused = client.post(
            path, files={field: ("call.wav", call[0])}, data={"speakers": speakers}
        )
        assert refused.status_code == 422
        assert refused.json()["type"] == "urn:ovoz:problem:invalid-request"
        assert refused.json()["detail"].startswith("speakers: ")


def test_an_encoder_that_is_none_stops_the_start(model, tmp_path) -> None:
    strange = write_fbank_encoder(tmp_path / "e.onnx", "mel", "vector")
    with pytest.raises(ValueError, match="no known layout"):
        build_app(settings_with(speakers_encoder=strange), model)
    with pytest.raises(ValueError, match="there is no speaker encoder at"):
        build_app(settings_with(speakers_encoder=tmp_path / "nowhere"), model)


def test_embeddings_are_not_logged(client, call, caplog) -> None:
    with caplog.at_level(logging.DEBUG):
        ask(client, call[0] + b"\0\0", speakers="2")
    assert "embedding" not in caplog.text
    assert "array(" not in caplog.text


def test_deepgram_refuses_what_one_channel_cannot_tell(client) -> None:
    with client.websocket_connect("/v1/listen?encoding=linear16&diarize=true") as socket:
        told = socket.receive_json()
    assert told["type"] == "Error"
    assert "send a channel for each side of the call" in told["description"]
