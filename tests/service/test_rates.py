"""Limits per caller."""

import asyncio
import os
import uuid

import pytest
import redis

from ovoz.serving.auth.caller import CALLER, Caller
from ovoz.serving.middleware.problem_responses import RaisedProblems
from ovoz.serving.middleware.rate_limit import RateLimits, Rates
from ovoz.serving.telemetry.usage import usage_of


async def ask(guarded: RateLimits, caller: str = "a", path: str = "/transcribe") -> dict:
    sent: list[dict] = []

    async def send(message) -> None:
        sent.append(message)

    await RaisedProblems(guarded)(
        {"type": "http", "path": path, CALLER: Caller(caller)}, None, send
    )
    return {"status": sent[0]["status"], **dict(sent[0].get("headers", []))}


async def hearing_20_s(scope, _receive, send) -> None:
    usage_of(scope).audio_s += 19.5
    await send({"type": "http.response.start", "status": 200})


def guard(*, requests: int = 0, audio_s: int = 0, concurrent: int = 0, app=hearing_20_s):
    return RateLimits(app, Rates(requests=requests, audio_s=audio_s), concurrent)


async def statuses(guarded: RateLimits, times: int, caller: str = "a") -> list[int]:
    return [(await ask(guarded, caller))["status"] for _ in range(times)]


def test_requests_are_counted_for_each_caller() -> None:
    async def scenario() -> None:
        guarded = guard(requests=2)
        assert await statuses(guarded, 3) == [200, 200, 429]
        assert await statuses(guarded, 1, "b") == [200]
        refused = await ask(guarded)
        assert 1 <= int(refused[b"retry-after"]) <= 60
        assert refused[b"content-type"] == b"application/problem+json"
        assert (await ask(guarded, path="/metrics"))["status"] == 200

    asyncio.run(scenario())


def test_seconds_of_audio_are_counted_after_the_work() -> None:
    async def scenario() -> None:
        assert await statuses(guard(audio_s=40), 3) == [200, 200, 429]

    asyncio.run(scenario())


def test_requests_at_once_are_limited_and_given_back_after_a_failure() -> None:
    async def scenario() -> None:
        go_on = asyncio.Event()

        async def failing(_scope, _receive, _send) -> None:
            await go_on.wait()
            raise RuntimeError

        guarded = guard(concurrent=1, app=failing)
        first = asyncio.create_task(ask(guarded))
        await asyncio.sleep(0)
        assert (await ask(guarded))["status"] == 429
        go_on.set()
        with pytest.raises(RuntimeError):
            await first
        with pytest.raises(RuntimeError):
            await ask(guarded)

    asyncio.run(scenario())


def test_without_limits_nothing_is_refused() -> None:
    assert asyncio.run(statuses(guard(), 5)) == [200] * 5


def test_a_store_that_is_away_refuses_nobody() -> None:
    rates = Rates(requests=1, audio_s=1, url="redis://127.0.0.1:1")
    assert asyncio.run(statuses(RateLimits(hearing_20_s, rates, 0), 3)) == [200] * 3


def test_redis_is_shared_by_two_processes() -> None:
    url = os.environ.get("TEST_REDIS_URL", "redis://127.0.0.1:6379")
    try:
        redis.Redis.from_url(url, socket_connect_timeout=1).ping()
    except redis.RedisError as error:
        pytest.skip(f"no Redis at {url}: {error}")

    async def scenario() -> None:
        first, second = (
            RateLimits(hearing_20_s, Rates(requests=3, audio_s=40, url=url), 0) for _ in range(2)
        )
        caller = uuid.uuid4().hex
        assert await statuses(first, 1, caller) == [200]
        assert await statuses(second, 1, caller) == [200]
        assert await statuses(first, 1, caller) == [429]

    asyncio.run(scenario())
