"""What a caller wants taken out is in no answer and in no store, by every way in."""

import base64
import io
import json
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest
import soundfile as sf

from ovoz.audio.signal import Samples
from ovoz.decoding.hypothesis import DecodedWord
from ovoz.engine.transcript import Transcript, build_transcript
from ovoz.serving.inference.options import read_redaction
from ovoz.serving.live import session
from ovoz.streaming.session import StreamingSession
from ovoz.text.written.redaction import RedactionKind
from tests.service.over_http import served_api
from tests.service.settings import settings_with

from ..unit.streaming.coded_speech import Level
from .live.clients import Client, Info, pcm, silence

SAID = "telefonim toʻqson bir yuz yigirma uch qirq besh oltmish yetti rahmat narxi ikki ming soʻm"
SECRET = SAID.split()[1:-5]
REDACTED = "telefonim [telephone] rahmat narxi ikki ming soʻm"
SOUND = np.full(24_000, 0.1, np.float32)


class SaysNumbers:
    """A model that hears a telephone number and a price in everything."""

    info = Info()
    batch_frames = 0

    def transcribe_all(self, batch: list[Any]) -> list[Transcript]:
        decoded = [DecodedWord(word, at, at + 1, 0.9, 0.9) for at, word in enumerate(SAID.split())]
        return [
            build_transcript(decoded, frame_s=0.1, duration_s=1.5, model_version="planted")
            for _ in batch
        ]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("jobs")


@pytest.fixture(scope="module")
def client(folder: Path) -> Iterator[httpx.Client]:
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(
            session,
            "StreamingSession",
            lambda *args, **options: StreamingSession(*args, **options, detector=Level),
        )
        settings = settings_with(jobs_dir=folder, jobs_sweep_s=0.1, cache_url="memory://")
        with served_api(settings, SaysNumbers()) as made:
            yield made


def recording() -> bytes:
    clip = io.BytesIO()
    sf.write(clip, SOUND, 16_000, format="WAV")
    return clip.getvalue()


def post(client: httpx.Client, path: str = "/transcribe", **fields: str) -> httpx.Response:
    name = "files" if path in ("/jobs", "/transcribe/batch") else "file"
    answer = client.post(path, files={name: ("a.wav", recording())}, data=fields)
    assert answer.is_success, answer.text
    return answer


def test_an_answer_has_a_mark_and_says_what_was_taken_out(client) -> None:
    answer = post(client, redact="telephone").json()
    assert answer["text"] == REDACTED
    assert [word["text"] for word in answer["words"]] == REDACTED.split()
    (taken,) = answer["redacted"]
    assert taken == {"kind": "telephone", "start_s": 0.1, "end_s": 1.0}
    assert post(client, redact="email").json()["text"] == SAID


@pytest.mark.parametrize("form", ["text", "srt", "vtt"])
def test_no_other_format_shows_it(client, form: str) -> None:
    told = post(client, redact="pii", format=form).text
    assert "[telephone]" in told
    assert not set(SECRET) & set(told.split())


def test_the_written_form_keeps_the_mark_in_every_script(client) -> None:
    answer = post(client, redact="numbers", written="true", script="cyrillic").json()
    assert answer["written"]["text"] == "Телефоним [telephone] раҳмат нархи 2000 сўм."
    assert post(client, redact="pii", written="true", format="text").text.count("[telephone]") == 1


def test_what_is_kept_for_one_caller_is_not_given_to_another(client) -> None:
    post(client)
    assert post(client).json()["cached"]
    for _ in range(2):
        assert post(client, redact="pci,telephone").json()["text"] == REDACTED
    assert post(client, redact="pci,telephone").json()["cached"]
    assert post(client).json()["text"] == SAID


def test_openai_answers_in_written_form(client) -> None:
    path = "/v1/audio/transcriptions"
    written = "Telefonim [telephone] rahmat narxi 2000 soʻm."
    assert post(client, path, redact="pii").json()["text"] == written
    assert post(client, path, redact="pii", written="false").json()["text"] == REDACTED
    verbose = post(client, path, redact="pii", response_format="verbose_json").json()
    assert verbose["segments"][0]["text"] == written
    subtitles = post(client, path, redact="pii", response_format="srt").text
    assert written in subtitles.replace("]\n", "] ")


def test_batches_and_jobs_and_their_database(client, folder: Path) -> None:
    (result,) = post(client, "/transcribe/batch", redact="pii").json()["results"]
    assert result["answer"]["text"] == REDACTED
    job = post(client, "/jobs", redact="pii").json()
    deadline = time.monotonic() + 60
    while (found := client.get(f"/jobs/{job['id']}").json())["state"] != "done":
        assert time.monotonic() < deadline
        time.sleep(0.05)
    assert found["results"][0]["answer"]["text"] == REDACTED
    query = {"written": "true", "script": "cyrillic"}
    (result,) = client.get(f"/jobs/{job['id']}", params=query).json()["results"]
    assert result["answer"]["text"] == REDACTED
    assert result["answer"]["written"]["text"] == "Телефоним [telephone] раҳмат нархи 2000 сўм."
    kept = b"".join(file.read_bytes() for file in folder.rglob("jobs.sqlite3*"))
    assert b"[telephone]" in kept
    assert not any(word.encode() in kept for word in ("yigirma", "oltmish", "qirq"))


def test_a_stream_has_no_partials_and_its_finals_have_marks(client) -> None:
    socket = Client(str(client.base_url).rstrip("/"))
    socket.start(redact=["telephone"], written=True)
    socket.send(np.concatenate([SOUND, silence(1.0)]))
    socket.say(type="stop")
    told = socket.hear_out()
    (final,) = (one for one in told if one["type"] == "final")
    assert final["text"] == REDACTED
    assert final["written"]["text"] == "Telefonim [telephone] rahmat narxi 2000 soʻm."
    assert not [one for one in told if one["type"] == "partial"]
    assert not any(word in json.dumps(told, ensure_ascii=False).split() for word in SECRET)


@pytest.mark.parametrize(
    ("query", "text"),
    [
        ("redact=pci&redact=numbers", REDACTED),
        ("redact=telephone&smart_format=true", "Telefonim [telephone] rahmat narxi 2000 soʻm."),
        ("redact=telephone&numerals=true", "telefonim [telephone] rahmat narxi 2000 soʻm"),
        ("smart_format=false", SAID),
    ],
)
def test_deepgrams_parameters(client, query: str, text: str) -> None:
    path = f"/v1/listen?encoding=linear16&sample_rate=16000&{query}"
    socket = Client(str(client.base_url).rstrip("/"), path)
    socket.send(np.concatenate([SOUND, silence(1.0)]))
    socket.say(type="CloseStream")
    finals = [one for one in socket.hear_out() if one.get("is_final")]
    told = [one["channel"]["alternatives"][0]["transcript"] for one in finals]
    assert [one for one in told if one] == [text]


class OpenAISocket(Client):
    """One that speaks OpenAI's realtime protocol."""

    def __init__(self, client: httpx.Client, query: str, turns: dict | None) -> None:
        super().__init__(str(client.base_url).rstrip("/"), f"/v1/realtime?{query}")
        form = {"type": "audio/pcm", "rate": 16_000}
        given = {"audio": {"input": {"format": form, "turn_detection": turns}}}
        self.say(type="session.update", session=given)

    def append(self, signal: Samples) -> None:
        audio = base64.b64encode(pcm(signal)).decode()
        self.say(type="input_audio_buffer.append", audio=audio)

    def hear_transcript(self) -> str:
        told = self.hear_until("conversation.item.input_audio_transcription.completed")
        self.socket.close()
        return told["transcript"]

    @property
    def deltas(self) -> list[str]:
        return [one["delta"] for one in self.messages if one["type"].endswith(".delta")]


@pytest.mark.parametrize("turns", [{"type": "server_vad"}, None])
@pytest.mark.parametrize(
    ("query", "text"),
    [
        ("redact=telephone", REDACTED),
        ("redact=pci&redact=numbers&written=true", "Telefonim [telephone] rahmat narxi 2000 soʻm."),
        ("redact=pii&written=true&script=cyrillic", "Телефоним [telephone] раҳмат нархи 2000 сўм."),
        ("written=false", SAID),
    ],
)
def test_openais_realtime_protocol(client, query: str, text: str, turns: dict | None) -> None:
    socket = OpenAISocket(client, query, turns)
    socket.append(np.concatenate([SOUND, silence(1.0)]))
    if turns is None:
        socket.say(type="input_audio_buffer.commit")
    assert socket.hear_transcript() == text
    assert "".join(socket.deltas) == (text if turns else "")
    if "redact" in query:
        assert not set(SECRET) & set(json.dumps(socket.messages, ensure_ascii=False).split())


def test_openais_deltas_stay_spoken_where_the_transcript_is_written(client) -> None:
    socket = OpenAISocket(client, "written=true", {"type": "server_vad"})
    for _ in range(100):
        socket.append(SOUND[:1_600])
        with suppress(TimeoutError):
            socket.hear(0.1)
        if socket.deltas:
            break
    socket.append(silence(1.0))
    assert socket.hear_transcript().endswith("rahmat narxi 2000 soʻm.")
    assert SAID.startswith("".join(socket.deltas))


@pytest.mark.parametrize("wrong", ["redact=ssn", "written=perhaps", "script=runes"])
def test_what_openais_address_cannot_ask_is_refused(client, wrong: str) -> None:
    socket = Client(str(client.base_url).rstrip("/"), f"/v1/realtime?{wrong}")
    fault = socket.hear()["error"]
    assert (fault["type"], fault["code"]) == ("invalid_request_error", "bad-message")
    assert fault["message"].startswith(wrong.partition("=")[0])


def test_unknown_kinds_are_refused_with_the_known_ones(client) -> None:
    files = {"file": recording()}
    answer = client.post("/transcribe", files=files, data={"redact": "ssn"})
    assert answer.status_code == 422
    assert "telephone" in answer.json()["detail"]
    socket = Client(str(client.base_url).rstrip("/"))
    assert socket.start(redact="ssn")["code"] == "bad-message"
    socket = Client(str(client.base_url).rstrip("/"), "/v1/listen?redact=ssn")
    assert "ssn" in socket.hear()["description"]


def test_names_of_several_kinds() -> None:
    assert read_redaction([]) == read_redaction([""]) == frozenset()
    assert read_redaction(["PII"]) == read_redaction(["true"]) == frozenset(RedactionKind)
    assert read_redaction(["card, email", "inn"]) == {
        RedactionKind.CARD, RedactionKind.EMAIL, RedactionKind.INN
    }  # fmt: skip
