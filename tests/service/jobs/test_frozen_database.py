"""Jobs whose PostgreSQL is frozen: the rest of the service goes on."""

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy import make_url

from ovoz.serving.jobs import database
from tests.service.jobs.calls import finished, send
from tests.service.line import Line
from tests.service.over_http import served_api
from tests.service.settings import settings_with


@pytest.fixture
def line(postgres: str) -> Iterator[Line]:
    line = Line(make_url(postgres).port or 5432)
    yield line
    line.restore()


def test_a_frozen_database_stops_jobs_alone(
    line: Line, postgres: str, recogniser, clip: Path, tmp_path: Path, monkeypatch
) -> None:
    monkeypatch.setattr(database, "_DEADLINE_S", 0.5)
    url = make_url(postgres).set(port=line.port).render_as_string(hide_password=False)
    settings = settings_with(jobs_dir=tmp_path, jobs_database_url=url, jobs_sweep_s=0.1)
    with served_api(settings, recogniser) as client:
        before = send(client, [clip.read_bytes()]).json()
        assert finished(client, before)["state"] == "done"
        line.freeze()
        with ThreadPoolExecutor(16) as threads:
            health = [threads.submit(client.get, "/health") for _ in range(100)]
            heard = [
                threads.submit(client.post, "/transcribe", files={"file": clip.read_bytes()})
                for _ in range(20)
            ]
            jobs = [threads.submit(client.get, f"/jobs/{before['id']}") for _ in range(20)]
        assert {one.result().status_code for one in heard} == {200}
        assert {one.result().status_code for one in health} == {200}
        assert not health[-1].result().json()["checks"]["jobs"]["ok"]
        assert {one.result().status_code for one in jobs} == {503}
        refused = send(client, [clip.read_bytes()])
        assert (refused.status_code, refused.headers["retry-after"]) == (503, "10")
        line.restore()
        deadline = time.monotonic() + 40
        while (after := send(client, [clip.read_bytes()])).status_code != 202:
            assert time.monotonic() < deadline
            time.sleep(0.2)
        assert finished(client, after.json(), within_s=40)["state"] == "done"
        assert client.get(f"/jobs/{before['id']}").json()["state"] == "done"


@pytest.mark.parametrize("job_id", ["%00", "a%00b", "x" * 300, "..%2f..", "%ED%A0%80", "ЖЖ"])
def test_what_is_no_job_id_is_unknown(service, database_url: str, job_id: str) -> None:
    client = service(jobs_database_url=database_url)
    for answer in (client.get(f"/jobs/{job_id}"), client.delete(f"/jobs/{job_id}")):
        assert answer.status_code == 404
