"""Every hostile request is answered: with a transcript, or by a problem of a known type."""

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from pathlib import Path

import httpx
import pytest
from fastapi.testclient import TestClient

from bentos.asr.build import build
from bentos.asr.smoke import served
from ovoz.serving.app import build_app
from ovoz.serving.inference.local_model import LocalModel
from tests.service.settings import settings_with

from ..hostile_requests import BATCH, JOBS, TRANSCRIBE, Request, hostile_requests
from .processes import resident_mb, supervisor_of

SETTINGS = settings_with(max_upload_bytes=2_000_000, max_duration_s=10)
KNOWN = {
    "audio-bad-format", "audio-damaged", "audio-empty", "audio-no-audio", "audio-not-finite",
    "audio-too-large", "audio-too-long", "audio-unreadable", "hot-words", "invalid-request",
    "unknown-language", "http-400", "http-404", "http-405", "http-415", "unknown-request",
    "job-unknown", "webhook-not-configured", "idempotency-key-reused",
}  # fmt: skip
"""Types of docs/serving.md that a caller with a key and no limits can get."""
PATIENCE_S = 30.0
"""None may hang; half a second is what the slowest needs."""


def ask(client: httpx.Client, one: Request) -> httpx.Response:
    headers = [(name.encode(), value.encode("latin-1")) for name, value in one.headers.items()]
    return client.request(one.method, one.path, content=one.body, headers=headers)


def complaints(one: Request, answer: httpx.Response, took_s: float) -> Iterator[str]:
    """What is wrong with an answer."""
    told = f"{one.name}: {answer.status_code} {answer.text[:200]}"
    if took_s > PATIENCE_S:
        yield f"{took_s:.0f} s for {told}"
    if len(answer.content) > max(20_000, 2 * len(one.body)) or "Traceback" in answer.text:
        yield f"{len(answer.content)} bytes, {told}"
    if not (is_sound(one, answer) if answer.is_success else is_refusal(answer)):
        yield told


def is_sound(one: Request, answer: httpx.Response) -> bool:
    if one.path == BATCH:
        results = answer.json()["results"]
        return all((each["answer"] is None) != (each["problem"] is None) for each in results)
    if one.path == TRANSCRIBE and answer.headers["content-type"] == "application/json":
        return answer.json()["duration_s"] <= SETTINGS.limits.max_duration_s
    if one.path == JOBS and one.method == "POST":
        return answer.status_code == 202 and answer.json()["id"] in answer.headers["location"]
    return answer.status_code == 200


def is_refusal(answer: httpx.Response) -> bool:
    if answer.headers.get("content-type") != "application/problem+json":
        return False
    body = answer.json()
    known = body["type"].removeprefix("urn:ovoz:problem:") in KNOWN
    return known and body["status"] == answer.status_code and len(body["detail"]) <= 2_000


def asked_and_checked(client: httpx.Client, one: Request) -> list[str]:
    started = time.perf_counter()
    try:
        answer = ask(client, one)
    except httpx.HTTPError as error:
        return [f"{one.name}: {error!r}"]
    return list(complaints(one, answer, time.perf_counter() - started))


def test_the_same_seed_makes_the_same_requests() -> None:
    first, second, other = (list(hostile_requests(seed, 420)) for seed in (1, 1, 2))
    assert len(first) == 420
    assert first == second != other


def test_hostile_requests_in_short(artifact: Path) -> None:
    app = build_app(SETTINGS, LocalModel.load(artifact, threads=1))
    client = TestClient(app, raise_server_exceptions=False)
    some = islice(hostile_requests(seed=3, count=1_000), 0, None, 25)
    assert [told for one in some for told in asked_and_checked(client, one)] == []


@pytest.mark.slow
def test_hostile_requests_leave_a_running_service_as_it_was(artifact, clip, tmp_path) -> None:
    environment = {
        "OVOZ_MAX_UPLOAD_BYTES": str(SETTINGS.limits.max_upload_bytes),
        "OVOZ_MAX_DURATION_S": str(SETTINGS.limits.max_duration_s),
        "OVOZ_JOBS_DIR": str(tmp_path / "jobs"),
    }
    target = build(artifact, "1", tmp_path)
    with (
        served(target, tmp_path, environment=environment) as url,
        httpx.Client(base_url=url, timeout=2 * PATIENCE_S, follow_redirects=True) as client,
        ThreadPoolExecutor(8) as pool,
    ):

        def good() -> tuple[str, list[object]]:
            answer = client.post(TRANSCRIBE, files={"file": clip.read_bytes()}).json()
            return answer["text"], answer["words"]

        def complained(seed: int) -> list[str]:
            requests = hostile_requests(seed, 1_000)
            each = pool.map(lambda one: asked_and_checked(client, one), requests)
            return [told for several in each for told in several]

        first = good()
        assert complained(seed=3) == []
        supervisor = supervisor_of(url)
        before_mb = resident_mb(supervisor)
        assert complained(seed=4) == []
        assert resident_mb(supervisor) - before_mb < 60
        assert good() == first
        assert client.get(JOBS).json()["jobs"]  # some were accepted
