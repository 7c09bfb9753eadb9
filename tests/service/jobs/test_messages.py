"""Messages to workers over RabbitMQ that is slow or purged, and what uploads leave behind."""

import asyncio
import time
from pathlib import Path

import aio_pika
import pytest
from sqlalchemy.exc import OperationalError

from ovoz.serving.job_settings import JobsSettings
from ovoz.serving.jobs import broker, sweeper
from ovoz.serving.jobs.announcements import Announcements
from ovoz.serving.jobs.broker import Deliveries, configured_broker
from ovoz.serving.jobs.database import open_database
from ovoz.serving.jobs.store import JobStore
from tests.service.jobs.calls import finished, send
from tests.service.jobs.conftest import AMQP
from tests.service.jobs.test_claims import a_job
from tests.service.jobs.test_folder import eventually, recordings_of
from tests.service.line import Line


async def messages(name: str) -> int:
    """How many lie in the queue."""
    connection = await aio_pika.connect(AMQP)
    async with connection:
        channel = await connection.channel()
        declared = await channel.declare_queue(name, passive=True)
        return declared.declaration_result.message_count or 0


async def _purge(name: str) -> None:
    connection = await aio_pika.connect(AMQP)
    async with connection:
        channel = await connection.channel()
        underlay = await channel.get_underlay_channel()
        await underlay.queue_purge(name)


def test_slow_broker_is_told_of_each_recording_once(
    postgres: str, queue: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(broker, "_PATIENCE_S", 1.0)
    line = Line(5672)
    url = f"amqp://guest:guest@127.0.0.1:{line.port}/"
    settings = JobsSettings(
        dir=tmp_path, database_url=postgres, broker_url=url, queue=queue, workers=0
    )
    database = open_database(settings, tmp_path)
    database.prepare(tmp_path)
    a_job(database, 400)
    announcements = Announcements(database)

    async def nothing(_: str) -> None:
        raise AssertionError("this process does not work")

    async def tell() -> int:
        deliveries = Deliveries(configured_broker(settings), announcements, nothing, 0, queue)
        running = asyncio.create_task(deliveries.run())
        while not deliveries._started:
            await asyncio.sleep(0.05)
        line.slow(0.3)
        for _ in range(60):
            await deliveries.announce_waiting()
            if not announcements.unannounced(again_s=300):
                break
        line.restore()
        deliveries.stop()
        await running
        return await messages(queue)

    assert asyncio.run(asyncio.wait_for(tell(), 120)) == 400
    database.close()
    line.end()


def test_purged_queue_is_filled_again(
    postgres: str, queue: str, service, clip: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(broker, "_UNHEARD_S", 0.5)
    shared = {"jobs_database_url": postgres, "jobs_broker_url": AMQP, "jobs_queue": queue}
    accepting = service(**shared, jobs_workers=0)
    job = send(accepting, [clip.read_bytes()] * 5).json()
    eventually(lambda: asyncio.run(messages(queue)) == 5)
    asyncio.run(_purge(queue))
    service(**shared)
    assert finished(accepting, job, within_s=30)["progress"]["done"] == 5


def test_upload_whose_job_was_not_written_is_counted_and_deleted(
    service, clip: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sweeper, "_DOUBT_S", 0.2)
    content = clip.read_bytes()
    client = service(jobs_max_stored_bytes=3 * len(content), jobs_workers=0)
    parts = client.app.state.service.jobs.current
    swept = parts.sweeper.drop_refused
    parts.sweeper.drop_refused = lambda: None  # the database is still away
    create = JobStore.create

    def refused(*_: object) -> str:
        raise OperationalError("insert", None, OSError())

    monkeypatch.setattr(JobStore, "create", refused)
    answers = [send(client, [content]).status_code for _ in range(4)]
    assert answers == [503, 503, 503, 507]
    assert parts.spool.stored_bytes() == 3 * len(content)
    monkeypatch.setattr(JobStore, "create", create)
    parts.sweeper.drop_refused = swept
    eventually(lambda: parts.spool.stored_bytes() == 0)
    assert send(client, [content]).status_code == 202
    assert len(list(recordings_of(client).glob("*/*"))) == 1


def test_expired_jobs_are_deleted_at_the_next_look(service, clip: Path) -> None:
    client = service(jobs_keep_s=0.5)
    job = send(client, [clip.read_bytes()]).json()
    time.sleep(0.1)
    eventually(lambda: client.get(f"/jobs/{job['id']}").status_code == 404)
    parts = client.app.state.service.jobs.current
    eventually(lambda: parts.store.wanted_positions(job["id"]) is None)
