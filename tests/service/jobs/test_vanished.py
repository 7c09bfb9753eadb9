"""Databases of jobs that vanish without a word, take no writes, or are locked by somebody else."""

import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import make_url, text
from sqlalchemy.exc import OperationalError

from ovoz.serving.job_settings import JobsSettings
from ovoz.serving.jobs import postgres as limits
from ovoz.serving.jobs import runtime
from ovoz.serving.jobs.database import open_database
from tests.own_database import POSTGRES, own_database
from tests.service.jobs.calls import finished, send
from tests.service.jobs.test_folder import eventually, jobs_check
from tests.service.line import Line


def plain(url: str) -> str:
    """A URL as libpq reads it."""
    return make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)


@pytest.fixture(name="own_database")
def _own_database() -> Iterator[str]:
    """The URL of a database of its own, whose settings may be changed."""
    with own_database() as url:
        yield url


@pytest.fixture(autouse=True)
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "_ANSWER_S", 1.0)
    monkeypatch.setattr(runtime, "_RETRY_S", 0.1)


def test_connections_that_vanish_are_given_up(postgres: str, service, clip: Path) -> None:
    line = Line(make_url(postgres).port or 5432)
    url = make_url(postgres).set(port=line.port).render_as_string(hide_password=False)
    client = service(jobs_database_url=url, jobs_lease_s=3)
    waiting = send(client, [clip.read_bytes()] * 4).json()
    line.drop()
    eventually(lambda: not jobs_check(client)["ok"])
    assert send(client, [clip.read_bytes()]).status_code == 503
    line.restore()  # connections of that time stay lost
    asked = f"/jobs/{waiting['id']}"
    done = eventually(lambda: (told := client.get(asked).json()).get("state") == "done" and told)
    assert done["progress"]["done"] == 4
    eventually(lambda: jobs_check(client)["ok"])
    line.end()


def test_locks_of_a_lost_connection_are_given_up(
    postgres: str, tmp_path: Path, monkeypatch
) -> None:
    """The server is not told that its client has gone, and would keep a job's row for ever."""
    given = limits._OPTIONS.replace(str(limits._IDLE_MS), "1000")
    monkeypatch.setattr(limits, "_OPTIONS", given)
    line = Line(make_url(postgres).port or 5432)
    url = make_url(postgres).set(port=line.port).render_as_string(hide_password=False)
    database = open_database(JobsSettings(dir=tmp_path, database_url=url), tmp_path)
    database.prepare(tmp_path)
    with pytest.raises(OperationalError), database.writing() as session:
        session.execute(text("LOCK TABLE ovoz_jobs IN ACCESS EXCLUSIVE MODE"))
        line.drop()
    with psycopg.connect(plain(postgres)) as other:
        other.execute("SET lock_timeout = '20s'")
        assert other.execute("SELECT count(*) FROM ovoz_jobs").fetchone() == (0,)
    database.close()
    line.end()


def test_server_that_takes_no_writes_is_told(own_database: str, service, clip: Path) -> None:
    client = service(jobs_database_url=own_database)
    assert finished(client, send(client, [clip.read_bytes()]).json())["state"] == "done"
    name = make_url(own_database).database
    with psycopg.connect(plain(POSTGRES), autocommit=True) as connection:
        connection.execute(f"ALTER DATABASE {name} SET default_transaction_read_only = on")
        connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [name]
        )
        eventually(lambda: not jobs_check(client)["ok"])
        refused = send(client, [clip.read_bytes()])
        assert (refused.status_code, refused.headers["retry-after"]) == (503, "10")
        assert client.get("/jobs").status_code == 200  # what can be read is
        connection.execute(f"ALTER DATABASE {name} RESET default_transaction_read_only")
    eventually(lambda: jobs_check(client)["ok"])  # though its connections were read-only
    assert finished(client, send(client, [clip.read_bytes()]).json())["state"] == "done"


def test_locks_held_elsewhere_neither_stop_the_start_nor_hang_callers(
    own_database: str, service, clip: Path
) -> None:
    first = service(jobs_database_url=own_database)
    assert finished(first, send(first, [clip.read_bytes()]).json())["state"] == "done"
    with psycopg.connect(plain(own_database)) as maintenance:
        maintenance.execute("SELECT pg_advisory_xact_lock(%s)", [0x6F766F7A])
        maintenance.execute("LOCK TABLE ovoz_jobs IN ACCESS EXCLUSIVE MODE")
        began = time.monotonic()
        second = service(jobs_database_url=own_database, jobs_workers=0)
        assert second.post("/transcribe", files={"file": clip.read_bytes()}).status_code == 200
        assert time.monotonic() - began < 20  # not for as long as the lock is held
        for client in (first, second):
            told = client.get("/jobs")
            assert (told.status_code, told.headers["retry-after"]) == (503, "10")
    eventually(lambda: jobs_check(second)["ok"])
    assert finished(second, send(second, [clip.read_bytes()]).json())["state"] == "done"
