"""Deadlines, and callers who hang up."""

import asyncio
from pathlib import Path

import pytest
from fastapi import Request
from fastapi.testclient import TestClient

from ovoz.serving.app import build_app
from ovoz.serving.inference.deadline import ClientGoneError, patience_s, while_client_waits
from ovoz.serving.inference.local_model import LocalModel
from tests.service.settings import settings_with


def request(prefer: str | None, receive=None) -> Request:
    headers = [(b"prefer", prefer.encode())] if prefer is not None else []
    return Request({"type": "http", "headers": headers}, receive)


@pytest.mark.parametrize(
    ("prefer", "seconds"),
    [
        (None, 60),
        ("wait=5", 5),
        ("respond-async, wait=10", 10),
        ("handling=lenient; Wait = 7", 7),
        ("wait=900", 60),
        ("wait=soon", 60),
        ("await=3", 60),
    ],
)
def test_the_caller_may_ask_for_less_time(prefer: str | None, seconds: float) -> None:
    assert patience_s(request(prefer), 60) == seconds


def test_work_ends_when_the_caller_hangs_up() -> None:
    cancelled = []

    async def work() -> None:
        try:
            await asyncio.sleep(30)
        except asyncio.CancelledError:
            cancelled.append(True)
            raise

    async def hang_up() -> dict:
        await asyncio.sleep(0.01)
        return {"type": "http.disconnect"}

    async def scenario() -> None:
        with pytest.raises(ClientGoneError):
            await while_client_waits(request(None, hang_up), work())
        await asyncio.sleep(0)

    asyncio.run(scenario())
    assert cancelled


def test_no_answer_after_the_deadline(artifact: Path, clip: Path) -> None:
    slow = LocalModel.load(artifact, threads=1)
    app = build_app(settings_with(timeout_s=0.000_001), slow)
    answer = TestClient(app).post("/transcribe", files={"file": clip.read_bytes()})
    assert answer.status_code == 504
    assert answer.json()["type"] == "urn:ovoz:problem:deadline"
