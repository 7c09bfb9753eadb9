"""Folder and database of jobs: that they belong together, at the start and afterwards."""

import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import create_engine, make_url, select, text
from typer.testing import CliRunner

from ovoz.cli.main import app
from ovoz.serving.job_settings import JobsSettings
from ovoz.serving.jobs import claims, runtime
from ovoz.serving.jobs.database import SQLITE_FILE, Database, open_database
from ovoz.serving.jobs.tables import IdentityRow
from tests.service.jobs.calls import finished, send

WITHIN_S = 30.0


def eventually(holds: Callable[[], Any]) -> Any:
    deadline = time.monotonic() + WITHIN_S
    while not (value := holds()):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    return value


def jobs_check(client: TestClient) -> dict[str, Any]:
    return client.get("/health").json()["checks"]["jobs"]


def recordings_of(client: TestClient) -> Path:
    return client.app.state.service.jobs.current.spool._folder


@pytest.fixture(autouse=True)
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runtime, "_RETRY_S", 0.1)


def test_another_folder_is_not_worked_in(postgres: str, service, clip: Path, tmp_path) -> None:
    right = service(jobs_database_url=postgres, jobs_workers=0)
    job = send(right, [clip.read_bytes()]).json()
    wrong = service(jobs_database_url=postgres, jobs_dir=tmp_path / "elsewhere")
    refused = send(wrong, [clip.read_bytes()])
    assert (refused.status_code, refused.headers["retry-after"]) == (503, "10")
    told = jobs_check(wrong)
    assert not told["ok"]
    assert str(tmp_path / "elsewhere") in told["detail"]
    assert "Mount the right one" in told["detail"]
    assert right.get(f"/jobs/{job['id']}").json()["state"] == "queued"
    service(jobs_database_url=postgres)
    assert finished(right, job)["state"] == "done"


def test_folder_that_is_unmounted_stops_the_jobs_alone(
    postgres: str, service, clip: Path, tmp_path: Path
) -> None:
    client = service(jobs_database_url=postgres)
    assert finished(client, send(client, [clip.read_bytes()]).json())["state"] == "done"
    (tmp_path / "jobs").rename(tmp_path / "away")
    (tmp_path / "jobs").mkdir()  # the mount point
    eventually(lambda: not jobs_check(client)["ok"])
    assert send(client, [clip.read_bytes()]).status_code == 503
    assert client.post("/transcribe", files={"file": clip.read_bytes()}).status_code == 200
    (tmp_path / "jobs").rmdir()
    (tmp_path / "away").rename(tmp_path / "jobs")
    eventually(lambda: jobs_check(client)["ok"])
    assert finished(client, send(client, [clip.read_bytes()]).json())["state"] == "done"


def test_audio_that_is_gone_is_looked_for_before_it_is_given_up(
    service, clip: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(claims, "MISS_S", 0.001)
    monkeypatch.setattr(claims.Claims.__init__, "__kwdefaults__", {"miss_s": 0.001})
    accepting = service(jobs_workers=0)
    job = send(accepting, [clip.read_bytes()] * 2).json()
    audio = recordings_of(accepting) / job["id"] / "0"
    audio.unlink()
    service()
    done = finished(accepting, job)
    assert done["results"][0]["problem"]["type"] == "urn:ovoz:problem:recording-lost"
    assert done["results"][1]["state"] == "done"


def test_audio_that_comes_back_is_transcribed(service, clip: Path, monkeypatch) -> None:
    monkeypatch.setattr(claims.Claims.__init__, "__kwdefaults__", {"miss_s": 0.5})
    accepting = service(jobs_workers=0)
    job = send(accepting, [clip.read_bytes()]).json()
    audio = recordings_of(accepting) / job["id"] / "0"
    content = audio.read_bytes()
    audio.unlink()
    service()
    time.sleep(0.4)
    assert accepting.get(f"/jobs/{job['id']}").json()["state"] != "failed"
    audio.write_bytes(content)
    assert finished(accepting, job)["state"] == "done"


def test_database_that_is_emptied_is_used_again(postgres: str, service, clip: Path) -> None:
    client = service(jobs_database_url=postgres)
    first = recordings_of(client)
    assert finished(client, send(client, [clip.read_bytes()]).json())["state"] == "done"
    engine = create_engine(make_url(postgres))
    schema = postgres.rpartition("%3D")[2]
    with engine.begin() as connection:
        connection.execute(text(f"DROP SCHEMA {schema} CASCADE"))
        connection.execute(text(f"CREATE SCHEMA {schema}"))
    engine.dispose()

    def accepted() -> str | None:
        answer = send(client, [clip.read_bytes()])
        assert answer.status_code in {202, 503}
        return answer.json() if answer.status_code == 202 else None

    job = eventually(accepted)
    assert finished(client, job)["state"] == "done"
    assert recordings_of(client) != first


def test_tables_of_an_earlier_version_are_brought_up_to_date(
    database_url: str, tmp_path: Path
) -> None:
    settings = JobsSettings(dir=tmp_path, database_url=database_url)
    earlier = open_database(settings, tmp_path)
    earlier.prepare(tmp_path)
    with earlier.writing() as session:
        session.execute(text("DROP TABLE ovoz_jobs_identity"))
        session.execute(text("ALTER TABLE ovoz_jobs DROP COLUMN webhook_receiver"))
        session.execute(text("ALTER TABLE ovoz_job_recordings DROP COLUMN missed_by"))
        job = "0" * 32
        session.execute(
            text(
                "INSERT INTO ovoz_jobs (id, caller, fingerprint, language_hint, hot_words,"
                " timestamps, state, recordings_total, recordings_done, recordings_answered,"
                " created_at, webhook_attempts) VALUES (:id, 'anna', 'f', 'uz', '[]', :yes,"
                " 'queued', 1, 0, 0, 1.0, 0)"
            ),
            {"id": job, "yes": True},
        )
    earlier.close()
    (tmp_path / job).mkdir()
    (tmp_path / job / "0").write_bytes(b"audio")
    database = open_database(settings, tmp_path)
    folder = database.prepare(tmp_path)
    assert (folder / job / "0").read_bytes() == b"audio"
    assert name_of(database) == folder.name
    assert database.is_still(folder.name)
    database.close()


def name_of(database: Database) -> str | None:
    with database.reading() as session:
        return session.scalar(select(IdentityRow.name))


@pytest.mark.parametrize("right", [True, False])
def test_doctor_tells_whose_recordings_a_folder_has(
    database, database_url: str, tmp_path: Path, monkeypatch, right: bool
) -> None:
    folder = tmp_path if right else tmp_path / "other"
    folder.mkdir(exist_ok=True)
    if not database_url:
        database_url = f"sqlite:///{tmp_path / SQLITE_FILE}"
    monkeypatch.setenv("OVOZ_JOBS_DIR", str(folder))
    monkeypatch.setenv("OVOZ_JOBS_DATABASE_URL", database_url)
    told = CliRunner().invoke(app, ["doctor", "--json"]).stdout
    (found,) = (one for one in map(json.loads, told.splitlines()) if "recordings" in one["what"])
    assert found["state"] == ("ok" if right else "failed")
    assert ("belongs to the database" if right else "has no folder") in found["detail"]
