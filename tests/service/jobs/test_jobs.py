"""Jobs over HTTP, in one process."""

import os
import stat
import time
from datetime import datetime
from pathlib import Path

import numpy as np
import pytest
from fastapi.testclient import TestClient
from prometheus_client import REGISTRY
from sqlalchemy import select
from sqlalchemy import text as sql

from ovoz.audio.encode import write_flac
from ovoz.serving.app import build_app
from ovoz.serving.inference.queue import OverloadedError
from ovoz.serving.inference.remote_model import ModelAwayError
from ovoz.serving.jobs.claims import Claims
from ovoz.serving.jobs.tables import RecordingRow
from tests.service.jobs.calls import Held, finished, send
from tests.service.settings import settings_with


def audio(tmp_path: Path) -> list[Path]:
    return [file for file in (tmp_path / "jobs").glob("*/*/*") if file.is_file()]


def test_job_is_accepted_worked_on_and_answered(service, clip: Path, tmp_path: Path) -> None:
    client = service()
    asked = send(client, [clip.read_bytes(), b"RIFF", clip.read_bytes()])
    assert asked.status_code == 202, asked.text
    job = asked.json()
    assert asked.headers["location"] == f"/jobs/{job['id']}"
    assert (job["progress"]["total"], len(job["results"])) == (3, 3)
    done = finished(client, job)
    assert done["state"] == "done"
    assert done["progress"] == {"done": 3, "total": 3, "share": 1.0}
    assert [one["name"] for one in done["results"]] == ["0.flac", "1.flac", "2.flac"]
    assert [one["state"] for one in done["results"]] == ["done", "failed", "done"]
    assert done["results"][1]["problem"]["type"] == "urn:ovoz:problem:audio-unreadable"
    at_once = client.post("/transcribe", files={"file": clip.read_bytes()}).json()
    own = dict.fromkeys(("processing_ms", "engine_ms", "request_id"))
    assert done["results"][0]["answer"] | own == at_once | own
    moments = [datetime.fromisoformat(done[name]) for name in ("created_at", "finished_at")]
    assert moments[0] < moments[1] < datetime.fromisoformat(done["expires_at"])
    assert audio(tmp_path) == []


def test_without_any_answer_a_job_has_failed(service) -> None:
    client = service()
    assert finished(client, send(client, [b"RIFF", b"", b"x"]).json())["state"] == "failed"


def test_fields_reach_the_model(service, clip: Path) -> None:
    client = service()
    fields = {"language_hint": "uz", "hotwords": "kredit", "timestamps": "false"}
    done = finished(client, send(client, [clip.read_bytes()], **fields).json())
    answer = done["results"][0]["answer"]
    plain = client.post(
        "/transcribe", files={"file": clip.read_bytes()}, data={**fields, "format": "json"}
    ).json()
    assert (answer["words"], answer["text"]) == (None, plain["text"])
    spelled = send(client, [clip.read_bytes()], hotwords="щщщ").json()
    told = finished(client, spelled)["results"][0]["problem"]
    assert told["type"] == "urn:ovoz:problem:hot-words"


def test_progress_and_private_spool(service, recogniser, clip: Path, tmp_path: Path) -> None:
    held = Held(recogniser)
    client = service(held)
    job = send(client, [clip.read_bytes()] * 4).json()
    assert held.begun.acquire(timeout=10)
    files = audio(tmp_path)
    assert {stat.S_IMODE(file.stat().st_mode) for file in files} == {0o600}
    assert stat.S_IMODE(files[0].parent.stat().st_mode) == 0o700
    held.go.release()
    assert held.begun.acquire(timeout=10)  # the second one is being worked on
    running = client.get(f"/jobs/{job['id']}").json()
    assert running["state"] == "running"
    assert running["progress"] == {"done": 1, "total": 4, "share": 0.25}
    assert [one["state"] for one in running["results"]] == ["done", "running", "queued", "queued"]
    assert len(audio(tmp_path)) == 3
    held.go.release(3)
    assert finished(client, job)["state"] == "done"


def test_cancelled_job_stops_and_its_audio_goes(service, recogniser, clip, tmp_path) -> None:
    held = Held(recogniser)
    client = service(held, jobs_lease_s=0.3)
    job = send(client, [clip.read_bytes()] * 3).json()
    assert held.begun.acquire(timeout=10)
    told = client.delete(f"/jobs/{job['id']}")
    assert (told.status_code, told.json()["state"]) == (200, "cancelled")
    assert audio(tmp_path) == []
    held.go.release(3)
    time.sleep(0.5)
    after = client.get(f"/jobs/{job['id']}").json()
    assert after["state"] == "cancelled"
    assert [one["answer"] for one in after["results"]] == [None] * 3
    assert not held.begun.acquire(blocking=False)  # nobody began with the next one
    assert client.delete(f"/jobs/{job['id']}").status_code == 204
    assert client.get(f"/jobs/{job['id']}").status_code == 404


def test_others_jobs_are_not_there(service, clip: Path) -> None:
    client = service()
    job = send(client, [clip.read_bytes()]).json()
    other = {"x-caller": "bek"}
    for method in ("GET", "DELETE"):
        refused = client.request(method, f"/jobs/{job['id']}", headers=other)
        assert refused.status_code == 404
        assert refused.json()["type"] == "urn:ovoz:problem:job-unknown"
    assert client.get("/jobs", headers=other).json() == {"jobs": []}
    assert finished(client, job)["state"] == "done"


def test_list_is_the_newest_first(service, clip: Path) -> None:
    client = service()
    ids = [send(client, [clip.read_bytes()]).json()["id"] for _ in range(3)]
    listed = client.get("/jobs", params={"limit": 2}).json()["jobs"]
    assert [one["id"] for one in listed] == ids[:0:-1]
    assert "results" not in listed[0]
    assert client.get("/jobs", params={"limit": 0}).status_code == 422


def test_same_key_is_the_same_job(service, clip: Path, tmp_path: Path) -> None:
    client = service(jobs_workers=0)
    key = {"Idempotency-Key": "order-17"}
    first, second = (send(client, [clip.read_bytes()], headers=key) for _ in range(2))
    assert first.json()["id"] == second.json()["id"]
    assert second.status_code == 202
    assert len(audio(tmp_path)) == 1
    other = send(client, [clip.read_bytes()], headers=key, language_hint="uz")
    assert (other.status_code, other.json()["type"]) == (
        422,
        "urn:ovoz:problem:idempotency-key-reused",
    )
    theirs = send(client, [clip.read_bytes()], headers=key | {"x-caller": "bek"})
    assert theirs.json()["id"] != first.json()["id"]
    assert len(audio(tmp_path)) == 2


def test_what_is_too_much_is_refused(service, clip: Path, tmp_path: Path) -> None:
    content = clip.read_bytes()
    client = service(
        jobs_max_files=2,
        jobs_max_upload_bytes=3 * len(content),
        jobs_max_stored_bytes=2 * len(content),
        jobs_workers=0,
        max_upload_bytes=len(content) // 2,
    )
    assert send(client, [content] * 3).status_code == 422
    assert send(client, [content + bytes(200_000)]).status_code == 413
    assert send(client, []).status_code == 422
    assert send(client, [content] * 2).status_code == 202
    full = send(client, [content])
    assert (full.status_code, full.json()["type"]) == (507, "urn:ovoz:problem:jobs-full")
    assert full.headers["retry-after"]
    assert len(audio(tmp_path)) == 2
    assert client.post("/transcribe", files={"file": content + bytes(70_000)}).status_code == 413


def test_results_end(service, clip: Path) -> None:
    client = service(jobs_keep_s=0.3)
    job = send(client, [clip.read_bytes()]).json()
    deadline = time.monotonic() + 10
    while client.get(f"/jobs/{job['id']}").status_code == 200:
        assert time.monotonic() < deadline
        time.sleep(0.05)


@pytest.mark.parametrize("most_s", [60.0, 4.0])
def test_long_recording_is_read_stretch_by_stretch(service, tmp_path, clips, most_s) -> None:
    pytest.importorskip("silero_vad")
    path = write_flac(tmp_path / "long.flac", np.concatenate(clips))  # 8.6 s
    client = service(max_duration_s=3.0, jobs_max_duration_s=most_s)
    done = finished(client, send(client, [path.read_bytes()]).json())["results"][0]
    if most_s < 8:
        assert done["problem"]["type"] == "urn:ovoz:problem:audio-too-long"
    else:
        assert done["answer"]["duration_s"] == pytest.approx(8.56, abs=0.01)


def test_stopped_service_goes_on_where_it_was(service, recogniser, clip, tmp_path) -> None:
    held = Held(recogniser)
    settings = settings_with(jobs_dir=tmp_path / "jobs")
    with TestClient(build_app(settings, held)) as first:
        job = send(first, [clip.read_bytes()] * 2).json()
        assert held.begun.acquire(timeout=10)
        held.go.release()
        assert held.begun.acquire(timeout=10)
        held.go.release()  # by the time it is asked to stop it is done, or given back
    with TestClient(build_app(settings, recogniser)) as second:
        done = finished(second, job)
    assert [one["state"] for one in done["results"]] == ["done", "done"]


SECRET_WORD = "sirli"


class Broken:
    """A recogniser that fails and quotes what it heard."""

    def __init__(self, model) -> None:
        self.info = model.info

    def transcribe_all(self, *_: object) -> None:
        raise RuntimeError(f"heard: {SECRET_WORD}")


def test_fault_is_told_and_logged_without_what_was_said(service, recogniser, clip, caplog) -> None:
    client = service(Broken(recogniser))
    done = finished(client, send(client, [clip.read_bytes()]).json())
    assert done["results"][0]["problem"]["type"] == "urn:ovoz:problem:internal-fault"
    assert "RuntimeError in recording 0" in caplog.text
    assert SECRET_WORD not in caplog.text


def test_result_waits_for_a_lost_database(service, recogniser, clip, caplog) -> None:
    held = Held(recogniser)
    client = service(held, jobs_sweep_s=60)
    job = send(client, [clip.read_bytes()]).json()
    assert held.begun.acquire(timeout=10)
    rename = "ALTER TABLE {} RENAME TO {}"
    database = client.app.state.service.jobs.current.database
    with database.writing() as session:
        session.execute(sql(rename.format("ovoz_job_results", "lost")))
    held.go.release()
    deadline = time.monotonic() + 10
    while "a result is not written yet: OperationalError" not in caplog.text:
        assert time.monotonic() < deadline
        time.sleep(0.05)
    assert client.get(f"/jobs/{job['id']}").status_code == 503
    with database.writing() as session:
        session.execute(sql(rename.format("lost", "ovoz_job_results")))
    done = finished(client, job)
    assert done["results"][0]["state"] == "done"
    assert done["results"][0]["answer"]["text"] not in caplog.text


def test_result_that_is_never_written_is_logged_without_what_was_said(
    recogniser, clip: Path, tmp_path: Path, caplog
) -> None:
    held = Held(recogniser)
    settings = settings_with(jobs_dir=tmp_path / "jobs")
    with TestClient(build_app(settings, held)) as client:
        send(client, [clip.read_bytes()])
        assert held.begun.acquire(timeout=10)
        with client.app.state.service.jobs.current.database.writing() as session:
            session.execute(sql("DROP TABLE ovoz_job_results"))
        held.go.release()
        deadline = time.monotonic() + 10
        while "a result is not written yet" not in caplog.text:
            assert time.monotonic() < deadline
            time.sleep(0.05)
    assert "INSERT INTO ovoz_job_results" in caplog.text
    assert '"words"' not in caplog.text


@pytest.mark.parametrize("database", ["sqlite", "postgresql"])
def test_strange_names_are_kept(service, request, clip: Path, database: str) -> None:
    url = "" if database == "sqlite" else request.getfixturevalue("postgres")
    client = service(jobs_database_url=url)
    files = [("files", (name, clip.read_bytes())) for name in ("a\0b", "../../etc/x", "Ў" * 300)]
    body, kind = encode_multipart(files)
    body = body.replace(b"%00", b"\0")
    job = client.post("/jobs", content=body, headers={"Content-Type": kind}).json()
    names = [one["name"] for one in finished(client, job)["results"]]
    assert names == ["ab", "../../etc/x", "Ў" * 255]


def encode_multipart(files: list) -> tuple[bytes, str]:
    parts = b"".join(
        f'--x\r\nContent-Disposition: form-data; name="{field}"; filename="{name}"\r\n\r\n'.encode()
        + content
        + b"\r\n"
        for field, (name, content) in files
    )
    return parts + b"--x--\r\n", "multipart/form-data; boundary=x"


@pytest.mark.parametrize("key", ["", "x" * 256, "a b", "ключ"])
def test_key_that_is_none_is_refused(service, clip: Path, key: str) -> None:
    refused = send(service(), [clip.read_bytes()], headers={"Idempotency-Key": key.encode()})
    assert (refused.status_code, refused.json()["type"]) == (
        422,
        "urn:ovoz:problem:invalid-request",
    )


def test_recording_that_workers_die_on_is_given_up(service, clip: Path, tmp_path: Path) -> None:
    client = service(jobs_workers=0, jobs_attempts=2, jobs_lease_s=0.2)
    job = send(client, [clip.read_bytes()]).json()
    with client.app.state.service.jobs.current.database.reading() as session:
        (recording,) = session.scalars(select(RecordingRow.id)).all()
    claims = Claims(client.app.state.service.jobs.current.database, lease_s=0.2, keep_s=60)
    deadline = time.monotonic() + 20
    while client.get(f"/jobs/{job['id']}").json()["state"] != "failed":
        claims.claim(recording)  # and never a sign of life
        assert time.monotonic() < deadline
        time.sleep(0.05)
    told = client.get(f"/jobs/{job['id']}").json()["results"][0]["problem"]
    assert told["type"] == "urn:ovoz:problem:recording-given-up"
    assert audio(tmp_path) == []


def test_audio_that_nobody_waits_for_is_tidied_away(service, clip: Path, tmp_path: Path) -> None:
    client = service(jobs_workers=0, jobs_lease_s=0.1)
    kept = send(client, [clip.read_bytes()]).json()["id"]
    folder = client.app.state.service.jobs.current.spool._folder
    done = folder / kept / "7"
    orphan = folder / ("0" * 32)
    orphan.mkdir()
    for file in (done, orphan / "0"):
        file.write_bytes(b"left behind")
    long_ago = time.time() - 7200
    for folder in (orphan, done.parent):
        os.utime(folder, (long_ago, long_ago))
    client.app.state.service.jobs.current.sweeper.tidy()
    assert not orphan.exists()
    assert [file.name for file in audio(tmp_path)] == ["0"]


class Away:
    """A model elsewhere that answers the third time."""

    def __init__(self, model) -> None:
        self._model, self.asked = model, 0
        self.info = model.info

    def transcribe_all(self, batch: list) -> list:
        self.asked += 1
        if self.asked < 3:
            raise OverloadedError(1) if self.asked == 1 else ModelAwayError("away")
        return self._model.transcribe_all(batch)


def test_model_elsewhere_is_waited_for(service, recogniser, clip: Path) -> None:
    away = Away(recogniser)
    client = service(away, jobs_attempts=1)
    assert finished(client, send(client, [clip.read_bytes()]).json())["state"] == "done"
    assert away.asked == 3


def test_answer_of_a_job_can_be_corrected(service, clip: Path) -> None:
    client = service()
    done = finished(client, send(client, [clip.read_bytes()]).json())
    identifier = done["results"][0]["answer"]["request_id"]
    assert identifier == f"{done['id']}-0"
    said = {"request_id": identifier, "text": "salom"}
    assert client.post("/feedback", json=said).status_code == 200
    assert client.post("/feedback", json=said, headers={"x-caller": "bek"}).status_code == 404


def test_figures_and_health(service, recogniser, clip: Path) -> None:
    before = REGISTRY.get_sample_value("asr_job_results_total", {"outcome": "answer"}) or 0
    held = Held(recogniser)
    client = service(held)
    job = send(client, [clip.read_bytes()] * 3).json()
    assert held.begun.acquire(timeout=10)
    deadline = time.monotonic() + 10
    while REGISTRY.get_sample_value("asr_job_recordings", {"state": "queued"}) != 2:
        assert time.monotonic() < deadline
        time.sleep(0.05)
    held.go.release(3)
    finished(client, job)
    after = REGISTRY.get_sample_value("asr_job_results_total", {"outcome": "answer"})
    assert after == before + 3
    assert client.get("/health").json()["checks"]["jobs"]["ok"]
    assert "jobs" not in service(jobs_dir=None).get("/health").json()["checks"]


def test_without_a_folder_there_are_no_jobs(recogniser, clip: Path) -> None:
    with TestClient(build_app(settings_with(), recogniser)) as client:
        assert send(client, [clip.read_bytes()]).status_code == 404
        assert "/jobs" not in client.get("/openapi.json").json()["paths"]
