"""Traces of a request: identifier, log line, metrics, spans."""

import json
import logging
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from prometheus_client import REGISTRY

from ovoz.serving.app import build_app
from ovoz.serving.inference.local_model import LocalModel
from ovoz.serving.middleware.access_log import AccessLog
from ovoz.serving.middleware.stack import REQUEST_IDS
from ovoz.serving.telemetry.logs import JsonLines
from tests.service.settings import settings_with


def observed(artifact: Path, *, log_text: bool = False) -> TestClient:
    app = build_app(settings_with(), LocalModel.load(artifact, threads=1))
    logged = AccessLog(app, log_text=log_text)
    return TestClient(REQUEST_IDS.cls(logged, **REQUEST_IDS.kwargs))


@pytest.fixture
def client(artifact: Path) -> TestClient:
    return observed(artifact)


def access_lines(caplog) -> list[logging.LogRecord]:
    """Ours; other tests may have made other loggers talk."""
    return [one for one in caplog.records if one.name == "ovoz.access"]


def sample(name: str, **labels: str) -> float:
    return REGISTRY.get_sample_value(name, labels) or 0.0


def test_the_identifier_of_the_caller_is_kept(client: TestClient, clip: Path) -> None:
    files = {"file": clip.read_bytes()}
    answer = client.post("/transcribe", files=files, headers={"X-Request-ID": "order-7"})
    assert answer.headers["x-request-id"] == answer.json()["request_id"] == "order-7"


@pytest.mark.parametrize("bad", ["", "two words", "x" * 65, "a\nb"])
def test_a_senseless_identifier_is_replaced(client: TestClient, bad: str) -> None:
    given = client.get("/health", headers={"X-Request-ID": bad.encode()}).headers["x-request-id"]
    assert len(given) == 32


def test_a_line_of_json_without_text(client: TestClient, clip: Path, caplog) -> None:
    with caplog.at_level(logging.INFO, "ovoz.access"):
        answer = client.post("/transcribe", files={"file": clip.read_bytes()})
        client.get("/health")
    record = next(one for one in access_lines(caplog) if one.path == "/transcribe")
    line = json.loads(JsonLines().format(record))
    assert (line["status"], line["method"], line["level"]) == (200, "POST", "INFO")
    assert line["audio_s"] == pytest.approx(answer.json()["duration_s"], abs=0.01)
    assert answer.json()["text"] not in json.dumps(line, ensure_ascii=False)


def test_text_is_logged_where_that_is_wanted(artifact: Path, clip: Path, caplog) -> None:
    with caplog.at_level(logging.INFO, "ovoz.access"):
        asked = observed(artifact, log_text=True)
        answer = asked.post("/transcribe", files={"file": clip.read_bytes()})
    (record,) = access_lines(caplog)
    assert record.text == [answer.json()["text"]]


def test_figures_have_the_route_s_own_path(client: TestClient, clip: Path) -> None:
    def seen(endpoint: str, status: int) -> float:
        return sample("asr_requests_total", endpoint=endpoint, status=str(status))

    before = seen("/transcribe", 200), seen("/transcribe", 422), seen("other", 404)
    seconds = sample("asr_request_duration_seconds_count", endpoint="/transcribe")
    client.post("/transcribe", files={"file": clip.read_bytes()})
    client.post("/transcribe", files={"file": b"nothing"})
    client.get("/no/such/path")
    after = seen("/transcribe", 200), seen("/transcribe", 422), seen("other", 404)
    assert after == tuple(count + 1 for count in before)
    assert sample("asr_request_duration_seconds_count", endpoint="/transcribe") == seconds + 2
    assert sample("asr_active_connections", kind="http") == 0
    assert sample("asr_queue_depth") == 0
    assert sample("asr_memory_bytes") > 1e6


def test_stages_are_spans_of_the_request(client: TestClient, clip: Path) -> None:
    exporter = InMemorySpanExporter()
    provider = trace.get_tracer_provider()
    if not isinstance(provider, TracerProvider):
        provider = TracerProvider()
        trace.set_tracer_provider(provider)
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    client.post("/transcribe", files={"file": clip.read_bytes()})
    spans = exporter.get_finished_spans()
    assert [one.name for one in spans] == ["decode", "queue", "model", "text"]
    assert all(one.start_time <= one.end_time for one in spans)
    assert [one.start_time for one in spans] == sorted(one.start_time for one in spans)


def test_version_and_health(client: TestClient) -> None:
    version = client.get("/v1/version").json()
    assert version["model_version"].startswith("tiny-")
    assert (len(version["model_identity"]), version["device"]) == (64, "cpu")
    health = client.get("/health")
    assert (health.status_code, health.json()["status"]) == (200, "ok")
    assert set(health.json()["checks"]) == {"model", "memory", "uploads"}


def test_a_cache_that_is_away_degrades_and_no_more(artifact: Path) -> None:
    settings = settings_with(cache_url="redis://127.0.0.1:1/0")
    client = TestClient(build_app(settings, LocalModel.load(artifact, threads=1)))
    health = client.get("/health")
    assert (health.status_code, health.json()["status"]) == (200, "degraded")
    assert not health.json()["checks"]["cache"]["ok"]


def test_no_memory_left_is_unhealthy(artifact: Path) -> None:
    settings = settings_with(max_duration_s=1e9)  # a recording that no machine has room for
    client = TestClient(build_app(settings, LocalModel.load(artifact, threads=1)))
    assert (client.get("/health").status_code, client.get("/health").json()["status"]) == (
        503, "unhealthy",
    )  # fmt: skip
