"""Stores that are frozen, and faults that nobody expected, over real HTTP."""

import asyncio
import logging
import socket
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest

from ovoz.serving.auth.api_keys import ApiKeys
from ovoz.serving.inference.local_model import LocalModel
from ovoz.serving.inference.queue import ModelQueue
from ovoz.serving.neighbours import Neighbour, NeighbourAwayError, Probe
from ovoz.serving.supervision import Supervised
from tests.service.line import Line
from tests.service.over_http import served_api, served_app, stacked
from tests.service.settings import settings_with


@pytest.fixture(scope="module")
def recogniser(artifact: Path) -> LocalModel:
    return LocalModel.load(artifact, threads=1)


@pytest.fixture
def redis_line() -> Iterator[Line]:
    try:
        socket.create_connection(("127.0.0.1", 6379), 1).close()
    except OSError as error:
        pytest.skip(f"no Redis on its usual port: {error}")
    line = Line(6379)
    yield line
    line.restore()
    line.cut()


def transcribe(client: httpx.Client, clip: Path) -> httpx.Response:
    return client.post("/transcribe", files={"file": clip.read_bytes()})


def states(client: httpx.Client) -> dict[str, bool]:
    """Which neighbours answer by ``/health``."""
    checks = client.get("/health").json()["checks"]
    return {
        name: check["ok"] for name, check in checks.items() if check["answered_s_ago"] is not None
    }


def kind(answer: httpx.Response) -> str:
    return answer.json()["type"].rpartition(":")[2]


def test_a_frozen_redis_costs_answers_nothing_but_what_it_keeps(
    redis_line: Line, recogniser: LocalModel, clip: Path, caplog
) -> None:
    url = f"redis://127.0.0.1:{redis_line.port}?socket_timeout=60"  # no parameter outlasts us
    settings = settings_with(
        cache_url=url, limits_url=url, feedback_url=url, requests_per_minute=10_000
    )
    with served_api(settings, recogniser) as client, caplog.at_level(logging.INFO, "ovoz"):
        assert transcribe(client, clip).status_code == 200
        assert transcribe(client, clip).json()["cached"]
        assert states(client) == {"cache": True, "feedback": True, "limits": True}
        redis_line.freeze()
        with ThreadPoolExecutor(8) as threads:
            answers = list(threads.map(lambda _: transcribe(client, clip), range(24)))
        assert {answer.status_code for answer in answers} == {200}
        body = {"request_id": answers[0].json()["request_id"], "text": "bank"}
        away = client.post("/feedback", json=body)
        assert (away.status_code, kind(away)) == (503, "feedback-unavailable")
        assert client.get("/health").json()["status"] == "degraded"
        assert states(client) == {"cache": False, "feedback": False, "limits": False}
        told = [one.message for one in caplog.records if "does not answer" in one.message]
        assert len(told) == len(set(told)) == 3  # one line for each of the three stores
        redis_line.restore()
        deadline = time.monotonic() + 20
        while not transcribe(client, clip).json()["cached"]:
            assert time.monotonic() < deadline
            time.sleep(0.1)
        while not all(states(client).values()):
            assert time.monotonic() < deadline
            time.sleep(0.1)
    assert any("answers again" in one.message for one in caplog.records)


@pytest.mark.parametrize("where", ["middleware", "after the first byte"])
def test_a_fault_outside_of_the_api_is_answered_at_once(where: str, caplog) -> None:
    async def failing(scope, receive, send) -> None:
        if where != "middleware":
            await send({"type": "http.response.start", "status": 200, "headers": []})
            await send({"type": "http.response.body", "body": b"half", "more_body": True})
        raise TypeError("a secret")

    async def app(scope, receive, send) -> None:
        if scope["type"] == "lifespan":
            await receive()
            await send({"type": "lifespan.startup.complete"})
            await receive()
            await send({"type": "lifespan.shutdown.complete"})
            return
        await failing(scope, receive, send)

    queue = ModelQueue(places=1, workers=1)
    with served_app(stacked(app, settings_with(), queue, ApiKeys())) as client:
        if where == "middleware":
            answer = client.get("/v1/version")
            assert (answer.status_code, kind(answer)) == (500, "internal-fault")
            assert answer.headers["content-type"] == "application/problem+json"
            assert len(answer.headers["x-request-id"]) == 32
            assert "secret" not in answer.text
        else:
            with pytest.raises(httpx.RemoteProtocolError):
                client.get("/v1/version")


def test_a_client_that_hangs_up_is_no_error(
    recogniser: LocalModel, clip: Path, caplog, monkeypatch
) -> None:
    """In the middle of its body, and while it waits for the answer."""
    with served_api(settings_with(), recogniser) as client:
        request = client.build_request("POST", "/transcribe", files={"file": clip.read_bytes()})
        head = b"".join(b"%s: %s\r\n" % header for header in request.headers.raw)
        whole = b"POST /transcribe HTTP/1.1\r\n" + head + b"\r\n" + request.read()
        address = (client.base_url.host, client.base_url.port)
        monkeypatch.setattr(logging.getLogger("uvicorn"), "propagate", True)
        for length in (len(whole) // 2, len(whole)) * 5:
            with socket.create_connection(address, 10) as connection:
                connection.sendall(whole[:length])
        assert transcribe(client, clip).status_code == 200
    assert [line.getMessage() for line in caplog.records if line.levelno > logging.INFO] == []


def test_a_neighbour_that_failed_is_left_alone_for_a_moment() -> None:
    asked = 0

    async def hang() -> None:
        nonlocal asked
        asked += 1
        await asyncio.sleep(60)

    async def scenario() -> None:
        neighbour = Neighbour("a store", deadline_s=0.05)
        for _ in range(50):
            with pytest.raises(NeighbourAwayError):
                await neighbour.ask(hang)

    asyncio.run(scenario())
    assert asked == 1


def test_a_health_check_that_hangs_is_asked_once() -> None:
    asked = 0
    go = asyncio.Event()

    async def hang() -> bool:
        nonlocal asked
        asked += 1
        await go.wait()
        return True

    async def scenario() -> None:
        probe = Probe(hang)
        seen = await asyncio.gather(*(probe.answers() for _ in range(50)))
        assert not any(seen)
        assert not await probe.answers()
        go.set()
        while not await probe.answers():
            await asyncio.sleep(0.01)

    asyncio.run(asyncio.wait_for(scenario(), 20))
    assert asked <= 2  # once more where a second went by


@pytest.mark.parametrize("fault", [asyncio.CancelledError, OSError, None])
def test_work_that_ends_by_itself_is_started_again(fault) -> None:
    runs = 0

    async def scenario() -> None:
        stopped = asyncio.Event()

        async def work() -> None:
            nonlocal runs
            runs += 1
            if runs < 2:
                if fault is not None:
                    raise fault
                return
            await stopped.wait()

        task = Supervised("test", work, stopped).start()
        while runs < 2:
            await asyncio.sleep(0.01)
        stopped.set()
        await task

    asyncio.run(asyncio.wait_for(scenario(), 20))
    assert runs == 2


def test_a_client_that_cancels_its_own_wait_is_away() -> None:
    async def cancelled() -> None:
        raise asyncio.CancelledError

    async def scenario() -> None:
        neighbour = Neighbour("a store", probe=cancelled)
        state = await neighbour.state()
        assert (state.answers, state.answered_s_ago) == (False, None)

    asyncio.run(scenario())


def test_work_that_is_cancelled_ends() -> None:
    async def scenario() -> None:
        task = Supervised("test", lambda: asyncio.sleep(60), asyncio.Event()).start()
        await asyncio.sleep(0.01)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(scenario())


def test_callers_do_not_wait_to_find_out_whether_a_neighbour_is_back() -> None:
    async def scenario() -> None:
        back, probed = asyncio.Event(), asyncio.Event()

        async def probe() -> None:
            probed.set()
            await back.wait()

        async def hang() -> None:
            await asyncio.sleep(60)

        async def answer() -> str:
            return "here"

        neighbour = Neighbour("a store", deadline_s=0.05, probe=probe)
        with pytest.raises(NeighbourAwayError):
            await neighbour.ask(hang)
        neighbour._left_alone_until = 0.0  # a moment later
        neighbour._deadline_s = 60.0
        for _ in range(50):  # nobody waits for the probe
            with pytest.raises(NeighbourAwayError):
                await neighbour.ask(answer)
        await probed.wait()
        back.set()
        while True:
            try:
                assert await neighbour.ask(answer) == "here"
                return
            except NeighbourAwayError:
                await asyncio.sleep(0.01)

    asyncio.run(asyncio.wait_for(scenario(), 20))
