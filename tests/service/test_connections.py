"""Bounds on connections, at a real server."""

import asyncio
import resource
import socket
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import ClassVar

import pytest
import uvicorn

from bentos.asr import connections
from bentos.asr.connections import BoundedProtocol
from ovoz.serving.auth.network import free_port
from ovoz.serving.inference.local_model import LocalModel
from tests.service.over_http import served_api
from tests.service.settings import settings_with


class OwnBounds(BoundedProtocol):
    """Counts its own connections: other tests in the process leave some open."""

    _open: ClassVar = Counter()


@pytest.fixture
def port(monkeypatch) -> Iterator[int]:
    async def app(scope, receive, send):
        await send({"type": "http.response.start", "status": 204, "headers": []})
        await send({"type": "http.response.body"})

    port = free_port()
    config = uvicorn.Config(
        app,
        port=port,
        http=OwnBounds,
        log_level="critical",
        lifespan="off",
        timeout_keep_alive=1,
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=lambda: asyncio.run(server.serve()), daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    yield port
    server.should_exit = True
    thread.join(20)


def answer_to(port: int, sent: bytes) -> tuple[int, bytes]:
    """Status and text of the answer, when the server has closed the connection."""
    with socket.create_connection(("127.0.0.1", port), timeout=20) as caller:
        caller.sendall(sent)
        text = b"".join(iter(lambda: caller.recv(65536), b""))
    return int(text.split()[1]), text


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        (b"GET / HTTP/1.1\r\nHost: x\r\nX: " + b"y" * 40_000, 431),
        (b"GET / HTTP/1.1\r\nHost: x\r\n" + b"X: y\r\n" * 10_000, 431),
        (b"GET /" + b"y" * 40_000, 414),
        (b"\0\1\r\n\r\n", 400),
    ],
)
def test_a_head_without_end_is_refused(port: int, sent: bytes, status: int) -> None:
    answered, text = answer_to(port, sent)
    assert answered == status
    assert b"Content-Type: application/problem+json" in text
    assert f"urn:ovoz:problem:http-{status}".encode() in text


@pytest.mark.parametrize("sent", [b"", b"GET / HTTP/1.1\r\nHost:", b"GET"])
def test_a_head_that_does_not_come_is_given_up(port: int, sent: bytes, monkeypatch) -> None:
    monkeypatch.setattr(connections, "HEAD_S", 0.3)
    assert answer_to(port, sent)[0] == 408


def test_a_second_request_has_the_same_time(port: int, monkeypatch) -> None:
    monkeypatch.setattr(connections, "HEAD_S", 0.3)
    with socket.create_connection(("127.0.0.1", port), timeout=20) as caller:
        caller.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        assert b" 204 " in caller.recv(65536)
        caller.sendall(b"GET / HT")
        assert b" 408 " in b"".join(iter(lambda: caller.recv(65536), b""))


def test_a_connection_without_a_further_request_is_closed(port: int) -> None:
    whole = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"
    status, text = answer_to(port, whole + whole)
    assert (status, text.count(b" 204 ")) == (204, 2)
    assert b" 408 " not in text


def test_one_address_opens_so_many_connections(port: int, monkeypatch) -> None:
    monkeypatch.setattr(OwnBounds, "most_per_address", 3)
    whole = b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
    others = [socket.create_connection(("127.0.0.1", port)) for _ in range(3)]
    status, text = answer_to(port, b"")
    assert (status, b"Retry-After" in text) == (503, True)
    for other in others:
        other.close()
    for _ in range(100):  # the server learns of it a moment later
        # One that is refused before its request is read is reset, and may lose the answer.
        with suppress(ConnectionResetError):
            if (status := answer_to(port, whole)[0]) == 204:
                break
    assert status == 204


def test_a_full_temporary_folder_is_a_fault_of_ours_and_logged(artifact: Path, caplog) -> None:
    """The bound on files of this process stands for a full disk: both are an OSError."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    with served_api(settings_with(), None) as client:
        client.get("/health")
        resource.setrlimit(resource.RLIMIT_FSIZE, (1024, hard))
        try:
            answer = client.post("/transcribe", files={"file": bytes(3_000_000)})
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert answer.status_code == 503, answer.text
    assert answer.json()["type"] == "urn:ovoz:problem:uploads-unavailable"
    assert "retry-after" in answer.headers
    assert any("an upload cannot be stored" in line.message for line in caplog.records)


def test_without_descriptors_the_answer_is_a_problem_and_the_service_goes_on(
    artifact: Path, clip: Path
) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    large, small = {"file": bytes(3_000_000)}, {"file": clip.read_bytes()}
    with served_api(settings_with(), LocalModel.load(artifact, threads=1)) as client:
        assert client.post("/transcribe", files=small).status_code == 200
        resource.setrlimit(resource.RLIMIT_NOFILE, (3, hard))
        try:
            refused = client.post("/transcribe", files=large)
            health = client.get("/health")
        finally:
            resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
        assert health.status_code == 503, health.text
        assert "Too many open files" in health.json()["checks"]["memory"]["detail"]
        assert refused.status_code == 503, refused.text
        assert refused.json()["type"] == "urn:ovoz:problem:uploads-unavailable"
        assert client.post("/transcribe", files=small).status_code == 200


def test_health_finds_a_full_temporary_folder() -> None:
    with served_api(settings_with(max_upload_bytes=2**60), None) as client:
        answer = client.get("/health")
    assert answer.json()["checks"]["uploads"]["ok"] is False
