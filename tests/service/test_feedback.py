"""Corrections, and the word error rate computed from them."""

import datetime as dt
import os
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

import pytest
import redis
from fastapi.testclient import TestClient
from prometheus_client import REGISTRY

from ovoz.monitoring.live_rate import read_corrections
from ovoz.serving.app import build_app
from ovoz.serving.auth.caller import CALLER, Caller
from ovoz.serving.inference.local_model import LocalModel
from ovoz.serving.neighbours import Neighbour, NeighbourAwayError
from ovoz.serving.stores import Store
from tests.service.settings import settings_with

REDIS = os.environ.get("TEST_REDIS_URL", "redis://127.0.0.1:6379/0")


class As:
    """Says who calls, as ``Authentication`` does."""

    def __init__(self, app) -> None:
        self._app = app

    async def __call__(self, scope, receive, send) -> None:
        name = dict(scope.get("headers", [])).get(b"x-caller", b"a").decode()
        await self._app(scope | {CALLER: Caller(name)}, receive, send)


def service(artifact: Path, **settings) -> TestClient:
    app = build_app(settings_with(**settings), LocalModel.load(artifact, threads=1))
    return TestClient(As(app))


@pytest.fixture(scope="module")
def client(artifact: Path) -> TestClient:
    return service(artifact)


def heard(client: TestClient, clip: Path) -> dict:
    return client.post("/transcribe", files={"file": clip.read_bytes()}).json()


def test_a_correction_tells_the_errors(client: TestClient, clip: Path) -> None:
    answer = heard(client, clip)
    words = answer["text"].split()
    assert len(words) > 1
    correction = {"request_id": answer["request_id"], "text": " ".join(["bank", *words[1:]])}
    told = client.post("/feedback", json=correction)
    assert told.status_code == 200, told.text
    assert told.json()["words"] == len(words)
    assert told.json()["wer"] == pytest.approx(told.json()["word_errors"] / len(words))
    again = client.post("/feedback", json=correction)
    assert (again.status_code, again.json()["type"].rpartition(":")[2]) == (
        409, "already-corrected",
    )  # fmt: skip


def test_the_live_rate_is_of_all_corrections(artifact: Path, clip: Path) -> None:
    client = service(artifact)
    languages = []
    for text in (None, None, ""):
        answer = heard(client, clip)
        said = answer["text"] if text is None else text
        body = {"request_id": answer["request_id"], "text": said}
        told = client.post("/feedback", json=body)
        assert told.status_code == 200
        languages.append(told.json()["language"])
    language, version = languages[0], answer["model_version"]
    labels = {"source": "feedback", "model_version": version, "language": language}
    assert REGISTRY.get_sample_value("asr_wer_score", labels) == 0
    words = REGISTRY.get_sample_value("asr_feedback_words_total", {"language": language})
    assert words > 0


def test_corrections_are_logged_without_their_words(
    artifact: Path, clip: Path, tmp_path: Path
) -> None:
    with service(artifact, feedback_dir=tmp_path) as client:
        answer = heard(client, clip)
        said = "gulnora " + " ".join(answer["text"].split()[1:])
        body = {"request_id": answer["request_id"], "text": said}
        for status in (200, 409):
            assert client.post("/feedback", json=body).status_code == status
    today = dt.datetime.now(dt.UTC).date()
    table = read_corrections(tmp_path, first=today - dt.timedelta(1), last=today)
    (row,) = table.to_pylist()
    assert row["model_version"] == answer["model_version"]
    assert (row["way"], row["words"]) == ("http", len(said.split()))
    assert row["word_errors"] >= 1
    assert row["length"] in {"under 2 s", "2 to 5 s", "5 s and more"}
    assert b"gulnora" not in b"".join(file.read_bytes() for file in tmp_path.rglob("*.parquet"))


def test_spelling_is_no_error(client: TestClient, clip: Path) -> None:
    answer = heard(client, clip)
    body = {"request_id": answer["request_id"], "text": answer["text"].upper() + "!"}
    assert client.post("/feedback", json=body).json()["word_errors"] == 0


def test_only_who_asked_may_correct(client: TestClient, clip: Path) -> None:
    answer = heard(client, clip)
    body = {"request_id": answer["request_id"], "text": "x"}
    told = client.post("/feedback", json=body, headers={"X-Caller": "b"})
    assert (told.status_code, told.json()["type"].rpartition(":")[2]) == (404, "unknown-request")


def test_every_part_of_a_batch_can_be_corrected(client: TestClient, clip: Path) -> None:
    files = [("files", ("a", clip.read_bytes())), ("files", ("b", clip.read_bytes()))]
    results = client.post("/transcribe/batch", files=files).json()["results"]
    names = [one["answer"]["request_id"] for one in results]
    assert len(set(names)) == 2
    for name in names:
        told = client.post("/feedback", json={"request_id": name, "text": "bank"})
        assert told.status_code == 200


@pytest.mark.parametrize("body", [{}, {"request_id": "", "text": "x"}, {"request_id": "a"}])
def test_what_is_no_correction(client: TestClient, body: dict) -> None:
    assert client.post("/feedback", json=body).status_code == 422


def test_turned_off(artifact: Path, clip: Path) -> None:
    client = service(artifact, feedback_ttl_s=0)
    body = {"request_id": heard(client, clip)["request_id"], "text": "x"}
    assert client.post("/feedback", json=body).json()["type"].endswith("feedback-off")


@pytest.fixture
def sharing(artifact: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[TestClient]]:
    """Two services with one Redis, which a busy machine may keep waiting."""
    try:
        redis.Redis.from_url(REDIS).ping()
    except redis.RedisError:
        pytest.skip(f"no Redis at {REDIS}")
    monkeypatch.setattr("ovoz.serving.stores.Neighbour", partial(Neighbour, deadline_s=30))
    with service(artifact, feedback_url=REDIS) as one, service(artifact, feedback_url=REDIS) as two:
        yield [one, two]


def test_another_process_may_take_the_correction(sharing: list[TestClient], clip: Path) -> None:
    one, other = sharing
    caller = {"X-Caller": uuid.uuid4().hex}
    answer = one.post("/transcribe", files={"file": clip.read_bytes()}, headers=caller).json()
    body = {"request_id": answer["request_id"], "text": "bank"}
    assert other.post("/feedback", json=body, headers=caller).status_code == 200


def test_corrections_sent_at_once_to_two_processes_count_once(
    sharing: list[TestClient], clip: Path
) -> None:
    caller = {"X-Caller": uuid.uuid4().hex}
    for _ in range(5):
        files = {"file": clip.read_bytes()}
        answer = sharing[0].post("/transcribe", files=files, headers=caller).json()
        body = {"request_id": answer["request_id"], "text": "bank"}
        with ThreadPoolExecutor(8) as threads:
            asked = [
                threads.submit(sharing[place % 2].post, "/feedback", json=body, headers=caller)
                for place in range(8)
            ]
        statuses = sorted(one.result().status_code for one in asked)
        assert statuses == [200] + [409] * 7


def test_a_memory_that_goes_away_after_the_claim_loses_no_correction(
    artifact: Path, clip: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It answered 503 once, and every retry found the transcript corrected already."""
    with service(artifact) as client:
        answer = heard(client, clip)
        put = Store.put

        async def put_claims_alone(store, key, value, *, only_new=False) -> bool:
            if not only_new:
                raise NeighbourAwayError("feedback")
            return await put(store, key, value, only_new=True)

        monkeypatch.setattr(Store, "put", put_claims_alone)
        body = {"request_id": answer["request_id"], "text": "bank"}
        assert [client.post("/feedback", json=body).status_code for _ in range(2)] == [200, 409]


def test_a_memory_that_is_away_is_no_final_answer(artifact: Path, clip: Path) -> None:
    with service(artifact, feedback_url="redis://127.0.0.1:1") as client:
        answer = heard(client, clip)
        body = {"request_id": answer["request_id"], "text": "bank"}
        told = client.post("/feedback", json=body)
    assert (told.status_code, told.json()["type"].rpartition(":")[2]) == (
        503, "feedback-unavailable",
    )  # fmt: skip
    assert int(told.headers["retry-after"]) > 0
