"""Real processes, killed in the middle of a job."""

import random
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import numpy as np
import psutil
import pytest
from sqlalchemy import create_engine, text
from standardwebhooks import Webhook

from bentos.asr.build import bentoml_environment
from bentos.asr.smoke import served
from ovoz.audio.encode import write_flac
from ovoz.serving.auth.api_keys import create_key
from ovoz.serving.auth.caller import EVERYTHING
from tests.service.jobs.calls import finished, send
from tests.service.jobs.conftest import AMQP
from tests.service.jobs.test_webhooks import SECRET, receiver  # noqa: F401  (a fixture)
from tests.service.processes import supervisor_of

pytestmark = pytest.mark.slow
RECORDINGS = 40
ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture(scope="module")
def recording(clips, tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """A minute of sound: long enough that a job of forty is cut off in the middle."""
    minute = np.concatenate([*clips] * 7)
    return write_flac(tmp_path_factory.mktemp("minute") / "minute.flac", minute).read_bytes()


@pytest.fixture
def settings(tmp_path: Path) -> dict[str, str]:
    return {
        "OVOZ_JOBS_DIR": str(tmp_path / "jobs"),
        "OVOZ_JOBS_LEASE_S": "3",
        "OVOZ_JOBS_SWEEP_S": "0.5",
    }


def calling(url: str) -> httpx.Client:
    return httpx.Client(base_url=url, timeout=60, trust_env=False)


def until(client: httpx.Client, job: dict, reached: Callable[[dict], bool]) -> dict:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        now = client.get(f"/jobs/{job['id']}").json()
        if reached(now):
            return now
        time.sleep(0.02)
    raise AssertionError("not reached")


def kept_results(url: str) -> dict[str, float]:
    """Recordings with a result, and when it was written."""
    engine = create_engine(url)
    with engine.connect() as connection:
        rows = connection.execute(text("SELECT recording_id, written_at FROM ovoz_job_results"))
        kept = {row[0]: row[1] for row in rows}
    engine.dispose()
    return kept


def attempts(url: str) -> int:
    engine = create_engine(url)
    with engine.connect() as connection:
        found = connection.execute(text("SELECT sum(attempts) FROM ovoz_job_recordings")).scalar()
    engine.dispose()
    return int(found)


def test_bento_carries_the_network_of_voice_activity(tag: str, home: Path) -> None:
    pytest.importorskip("silero_vad")
    source = home / "bentos" / tag.replace(":", "/") / "src"
    assert [file.suffix for file in (source / "silero_vad" / "data").iterdir()] == [".onnx"]


def test_jobs_belong_to_keys_and_are_told_of(
    tag: str,
    home: Path,
    settings,
    clip: Path,
    tmp_path: Path,
    receiver,  # noqa: F811
) -> None:
    keys = tmp_path / "keys"
    anna, bek = (create_key(keys, name, EVERYTHING) for name in ("anna", "bek"))
    environment = settings | {
        "OVOZ_API_KEYS_FILE": str(keys),
        "OVOZ_JOBS_WEBHOOK_SECRET": SECRET,
        "OVOZ_JOBS_WEBHOOK_PRIVATE": "true",
        "OVOZ_JOBS_WEBHOOK_BACKOFF_S": "0.5",
    }
    receiver.statuses = [500]
    with served(tag, home, environment=environment) as url, calling(url) as client:
        assert send(client, [clip.read_bytes()]).status_code == 401
        mine, other = ({"X-API-Key": key} for key in (anna, bek))
        job = send(client, [clip.read_bytes()], headers=mine, webhook_url=receiver.url).json()
        place = f"/jobs/{job['id']}"
        assert client.get(place, headers=other).status_code == 404
        assert client.delete(place, headers=other).status_code == 404
        assert finished(client, job, headers=mine)["state"] == "done"
        for _ in range(2):
            assert receiver.arrived.acquire(timeout=15)
        figures = client.get("/metrics", headers=mine).text
        assert 'asr_job_results_total{outcome="answer"} 1.0' in figures
    headers, body = receiver.got[1]
    assert Webhook(SECRET.encode()).verify(body, headers)["id"] == job["id"]


def killed(supervisor: psutil.Process) -> None:
    """The service ends at once, as by a power cut; its workers are sessions of their own."""
    for process in (supervisor, *supervisor.children(recursive=True)):
        process.kill()


def asked_to_stop(supervisor: psutil.Process) -> None:
    supervisor.terminate()


@pytest.mark.parametrize(("end", "redone"), [(killed, 1), (asked_to_stop, 0)])
def test_service_goes_on_with_a_job(
    tag: str, home: Path, settings, recording: bytes, tmp_path: Path, end, redone: int
) -> None:
    database = f"sqlite:///{tmp_path / 'jobs' / 'jobs.sqlite3'}"
    key = {"Idempotency-Key": "once"}
    with served(tag, home, environment=settings) as url, calling(url) as client:
        job = send(client, [recording] * RECORDINGS, headers=key).json()
        until(client, job, lambda now: now["progress"]["done"] >= 3)
        supervisor = supervisor_of(url)
        end(supervisor)
        supervisor.wait(60)
        before = kept_results(database)
    assert 3 <= len(before) < RECORDINGS
    with served(tag, home, environment=settings) as url, calling(url) as client:
        assert send(client, [recording] * RECORDINGS, headers=key).json()["id"] == job["id"]
        done = finished(client, job, within_s=120)
    assert_whole(database, done, before)
    assert attempts(database) <= RECORDINGS + redone
    assert not [file for file in (tmp_path / "jobs").glob("*/*/*") if file.is_file()]


def test_killed_server_process_is_started_again(
    tag: str, home: Path, settings, recording: bytes, tmp_path: Path
) -> None:
    database = f"sqlite:///{tmp_path / 'jobs' / 'jobs.sqlite3'}"
    with served(tag, home, environment=settings) as url, calling(url) as client:
        job = send(client, [recording] * RECORDINGS).json()
        until(client, job, lambda now: now["progress"]["done"] >= 3)
        for process in supervisor_of(url).children(recursive=True):
            process.kill()
        before = kept_results(database)
        while True:
            try:
                client.get("/livez")
                break
            except httpx.TransportError:
                time.sleep(0.2)
        done = finished(client, job, within_s=120)
    assert_whole(database, done, before)


def assert_whole(database: str, done: dict, before: dict[str, float]) -> None:
    """Every recording has one result, and those that were there are those that are there."""
    after = kept_results(database)
    assert done["progress"]["done"] == RECORDINGS == len(after)
    assert before.items() <= after.items()
    assert len({one["answer"]["text"] for one in done["results"]}) == 1


@contextmanager
def worker(artifact: Path, settings: dict[str, str]) -> Iterator["subprocess.Popen[bytes]"]:
    environment = bentoml_environment(ROOT) | settings | {"OVOZ_MODEL_ID": str(artifact)}
    process = subprocess.Popen(
        [sys.executable, "-m", "ovoz.serving.worker"], cwd=ROOT, env=environment
    )
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def test_killed_worker_is_replaced_by_another(
    artifact: Path,
    tag: str,
    home: Path,
    settings,
    recording: bytes,
    postgres: str,
    queue: str,
) -> None:
    shared = settings | {
        "OVOZ_JOBS_DATABASE_URL": postgres,
        "OVOZ_JOBS_BROKER_URL": AMQP,
        "OVOZ_JOBS_QUEUE": queue,
    }
    accepting = shared | {"OVOZ_JOBS_WORKERS": "0"}
    with (
        served(tag, home, environment=accepting) as url,
        calling(url) as client,
        worker(artifact, shared) as first,
        worker(artifact, shared) as second,
    ):
        job = send(client, [recording] * RECORDINGS).json()
        until(client, job, lambda now: now["progress"]["done"] >= 3)
        first.kill()
        first.wait()
        before = kept_results(postgres)
        assert_whole(postgres, finished(client, job, within_s=120), before)
        assert attempts(postgres) <= RECORDINGS + 1
        second.terminate()
        assert second.wait(30) == 0


def test_workers_killed_again_and_again(
    artifact: Path, service, settings, recording: bytes, tmp_path: Path
) -> None:
    """SQLite shared by processes, no broker; moments drawn by chance, the same ones each time."""
    chance = random.Random(5)
    database = f"sqlite:///{tmp_path / 'jobs' / 'jobs.sqlite3'}"
    many = settings | {"OVOZ_JOBS_ATTEMPTS": "50"}
    client = service(jobs_workers=0, jobs_lease_s=3, jobs_attempts=50)
    job = send(client, [recording] * RECORDINGS).json()
    before: dict[str, float] = {}
    for _ in range(5):
        with worker(artifact, many):
            until(client, job, lambda now: now["state"] != "queued")
            time.sleep(chance.uniform(0, 3))
        after = kept_results(database)
        assert before.items() <= after.items()
        before = after
    with worker(artifact, many):
        assert_whole(database, finished(client, job, within_s=120), before)
    assert attempts(database) <= RECORDINGS + 5
