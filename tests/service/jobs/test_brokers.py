"""Jobs over RabbitMQ and in PostgreSQL, with other processes' parts played in this one."""

import time
from pathlib import Path

from fastapi.testclient import TestClient

from tests.service.jobs.calls import Held, finished, send
from tests.service.jobs.conftest import AMQP
from tests.service.line import Line


def test_job_in_postgresql(postgres: str, service, clip: Path) -> None:
    client = service(jobs_database_url=postgres)
    done = finished(client, send(client, [clip.read_bytes()] * 3).json())
    assert [one["state"] for one in done["results"]] == ["done"] * 3


def test_one_process_accepts_and_another_works(
    postgres: str, queue: str, service, clip: Path
) -> None:
    shared = {"jobs_database_url": postgres, "jobs_broker_url": AMQP, "jobs_queue": queue}
    accepting = service(**shared, jobs_workers=0)
    working = service(**shared, jobs_workers=2)
    job = send(accepting, [clip.read_bytes()] * 5).json()
    done = finished(accepting, job)
    assert (done["state"], done["progress"]["done"]) == ("done", 5)
    assert working.get(f"/jobs/{job['id']}").json() == done


def test_job_waits_in_the_queue_for_a_worker(
    postgres: str, queue: str, service, clip: Path
) -> None:
    shared = {"jobs_database_url": postgres, "jobs_broker_url": AMQP, "jobs_queue": queue}
    accepting = service(**shared, jobs_workers=0)
    job = send(accepting, [clip.read_bytes()]).json()
    time.sleep(0.5)
    assert accepting.get(f"/jobs/{job['id']}").json()["state"] == "queued"
    service(**shared)
    assert finished(accepting, job)["state"] == "done"


def test_jobs_are_accepted_while_the_broker_is_away(postgres, service, clip: Path) -> None:
    client = service(jobs_database_url=postgres, jobs_broker_url="amqp://127.0.0.1:1/")
    asked = send(client, [clip.read_bytes()])
    assert asked.status_code == 202
    assert client.get(asked.headers["location"]).json()["state"] == "queued"


def test_lost_connection_to_the_broker_is_found_again(postgres, queue, service, clip) -> None:
    line = Line(5672)
    url = f"amqp://guest:guest@127.0.0.1:{line.port}/"
    client = service(jobs_database_url=postgres, jobs_broker_url=url, jobs_queue=queue)
    assert finished(client, send(client, [clip.read_bytes()]).json())["state"] == "done"
    assert broker_of(client)["ok"]
    line.cut()
    started = time.monotonic()
    job = send(client, [clip.read_bytes()])
    assert job.status_code == 202
    assert time.monotonic() - started < 3  # nobody waits for the broker
    time.sleep(1)
    assert not broker_of(client)["ok"]
    line.restore()
    assert finished(client, job.json(), within_s=60)["state"] == "done"
    assert finished(client, send(client, [clip.read_bytes()]).json())["state"] == "done"


def broker_of(client: TestClient) -> dict[str, object]:
    """What ``/health`` tells of RabbitMQ; it degrades the service, and no more."""
    told = client.get("/health").json()
    broker: dict[str, object] = told["checks"]["broker"]
    assert told["status"] == ("ok" if broker["ok"] else "degraded")
    return broker


def test_two_processes_share_a_folder(service, recogniser, clip: Path) -> None:
    first, second = Held(recogniser), Held(recogniser)
    clients = service(first), service(second)
    job = send(clients[0], [clip.read_bytes()] * 2).json()
    assert first.begun.acquire(timeout=10)
    assert second.begun.acquire(timeout=10)  # each has one of the two
    first.go.release(2)
    second.go.release(2)
    assert finished(clients[1], job)["progress"]["done"] == 2


def test_database_that_is_away_is_told(postgres: str, service, clip: Path) -> None:
    client = service(jobs_database_url=postgres, jobs_sweep_s=60)
    database = client.app.state.service.jobs.current.database
    database._engine.dispose()
    database._engine.pool._creator = database._writing.pool._creator = _no_connection
    for told in (send(client, [clip.read_bytes()]), client.get("/jobs")):
        assert (told.status_code, told.json()["type"]) == (503, "urn:ovoz:problem:jobs-unavailable")


def _no_connection(*_: object) -> None:
    from psycopg import OperationalError

    raise OperationalError("connection refused")
