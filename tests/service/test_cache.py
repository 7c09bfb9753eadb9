"""The result cache: equal to new results, and only for equal requests."""

import asyncio
import io
import uuid
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
import redis
from fastapi.testclient import TestClient

from ovoz.serving.app import build_app
from ovoz.serving.inference.local_model import LocalModel
from ovoz.serving.inference.result_cache import ResultCache, cache_key
from ovoz.serving.stores import Store, open_store
from tests.service.settings import settings_with

REDIS = "redis://127.0.0.1:6379/15"


@pytest.fixture
def client() -> Iterator[Callable[[Path, str], TestClient]]:
    """Makes services; each has one event loop, as a connection to Redis belongs to one."""
    with ExitStack() as stack:

        def made(artifact: Path, url: str) -> TestClient:
            model = LocalModel.load(artifact, threads=1)
            app = build_app(settings_with(cache_url=url), model)
            return stack.enter_context(TestClient(app))

        yield made


@pytest.fixture
def in_redis() -> Iterator[redis.Redis]:
    server = redis.Redis.from_url(REDIS, socket_connect_timeout=1)
    try:
        server.ping()
    except redis.RedisError as error:
        pytest.skip(f"no Redis on its usual port: {error}")
    yield server
    server.close()


@pytest.fixture(params=["memory://", REDIS])
def url(request: pytest.FixtureRequest) -> str:
    if request.param == REDIS:
        request.getfixturevalue("in_redis")
    return request.param


def opened(url: str = "memory://", max_bytes: int = 1) -> Store:
    return open_store(url, 30, max_bytes, name="a store", prefix="test:")


def ask(service: TestClient, content: bytes, **fields: str) -> dict:
    answer = service.post("/transcribe", files={"file": content}, data=fields)
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_second_answer_is_the_first(client, artifact: Path, clip: Path, url: str) -> None:
    # What follows the end of a FLAC is not read, and makes the recording one of its own.
    content = clip.read_bytes() + uuid.uuid4().bytes
    service = client(artifact, url)
    first, second = ask(service, content), ask(service, content)
    assert (first["cached"], second["cached"]) == (False, True)
    own = {"cached": None, "processing_ms": None, "engine_ms": None, "request_id": None}
    assert second | own == first | own


def test_other_options_are_another_question(client, artifact: Path, clip: Path) -> None:
    service = client(artifact, "memory://")
    ask(service, clip.read_bytes())
    assert not ask(service, clip.read_bytes(), language_hint="uz")["cached"]
    assert not ask(service, clip.read_bytes(), hotwords="kredit")["cached"]
    assert ask(service, clip.read_bytes(), hotwords="kredit")["cached"]
    assert ask(service, clip.read_bytes(), timestamps="false")["cached"]


def test_other_model_is_another_question(client, artifact, other_artifact, clip: Path) -> None:
    service = client(artifact, "memory://")
    ask(service, clip.read_bytes())
    service.app.state.service.transcriber.model = LocalModel.load(other_artifact, threads=1)
    assert not ask(service, clip.read_bytes())["cached"]


def test_without_a_url_nothing_is_kept(client, artifact: Path, clip: Path) -> None:
    service = client(artifact, "")
    assert [ask(service, clip.read_bytes())["cached"] for _ in range(2)] == [False, False]


def test_faults_are_not_kept(client, artifact: Path, clip: Path) -> None:
    service = client(artifact, "memory://")
    for _ in range(2):
        assert service.post("/transcribe", files={"file": b"RIFF"}).status_code == 422


def test_redis_that_is_not_there_is_an_empty_cache(client, artifact: Path, clip: Path) -> None:
    service = client(artifact, "redis://127.0.0.1:1/0")
    assert [ask(service, clip.read_bytes())["cached"] for _ in range(2)] == [False, False]


def test_results_in_redis_end(in_redis: redis.Redis) -> None:
    key = str(uuid.uuid4())

    async def scenario() -> bytes | None:
        await opened(REDIS).put(key, b"kept")
        return await opened(REDIS).get(key)

    assert asyncio.run(scenario()) == b"kept"
    assert 0 < in_redis.pttl(f"test:{key}") <= 30_000
    in_redis.delete(f"test:{key}")


def test_memory_has_a_limit_that_counts_what_lies_around_values() -> None:
    async def scenario() -> None:
        store = opened(max_bytes=1_500)
        for number in range(10):
            await store.put(str(number), bytes(30))
        assert [number for number in range(10) if await store.get(str(number))] == [7, 8, 9]
        await store.put("large", bytes(1_101))
        assert await store.get("large") is None
        assert await store.get("9")

    asyncio.run(scenario())


def test_what_cannot_be_read_is_not_there() -> None:
    async def scenario() -> None:
        store = opened(max_bytes=500)
        await store.put("x", b'{"transcript": 1}')
        assert await ResultCache(store).get("x") is None

    asyncio.run(scenario())


def test_key_tells_texts_apart() -> None:
    keys = {
        cache_key(io.BytesIO(b"a"), "bc"),
        cache_key(io.BytesIO(b"a"), "b", "c"),
        cache_key(io.BytesIO(b"ab"), "c"),
        cache_key(io.BytesIO(b"a"), "c", "b"),
    }
    assert len(keys) == 4
