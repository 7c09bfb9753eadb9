"""Many requests: none is lost when the service stops, none is half answered, memory stays."""

import json
import threading
import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import pytest

from bentos.asr.smoke import served

from .processes import resident_mb, supervisor_of

pytestmark = pytest.mark.slow
CALLERS = 8
UPLOADS = 12
REQUESTS = 2_000
HEAD = b'--x\r\nContent-Disposition: form-data; name="file"; filename="x"\r\n\r\n'


@dataclass
class Caller:
    """Asks again whenever it was answered; the first connection that fails is its last."""

    answered: int = 0
    refused: list[str] = field(default_factory=list)
    broken: httpx.TransportError | None = None

    def call(self, url: str, content: bytes, stop: threading.Event) -> None:
        with httpx.Client(timeout=60, trust_env=False) as client:
            while not stop.is_set():
                try:
                    answer = client.post(f"{url}/transcribe", files={"file": content})
                except httpx.TransportError as error:
                    self.broken = error
                    return
                if answer.status_code != 200:
                    self.refused.append(answer.text)
                    return
                assert json.loads(answer.content)["duration_s"] > 0
                self.answered += 1


@contextmanager
def calling(url: str, content: bytes) -> Iterator[list[Caller]]:
    """Callers at work, each of whom was answered already; they end with the block."""
    callers, stop = [Caller() for _ in range(CALLERS)], threading.Event()
    with ThreadPoolExecutor(CALLERS) as pool:
        tasks = [pool.submit(one.call, url, content, stop) for one in callers]
        try:
            while min(one.answered for one in callers) < 3:
                assert not any(one.broken or one.refused for one in callers), callers
                time.sleep(0.05)
            yield callers
        finally:
            stop.set()
        for task in tasks:
            task.result(60)


def half_uploads(
    pool: ThreadPoolExecutor, url: str, content: bytes, go_on: threading.Event
) -> list[Future[httpx.Response]]:
    """Requests that the service has begun to read and that end when ``go_on`` is set."""
    begun = threading.Barrier(UPLOADS + 1)

    def body() -> Iterator[bytes]:
        yield HEAD + content
        begun.wait(30)
        assert go_on.wait(30)
        yield b"\r\n--x--\r\n"

    def upload() -> httpx.Response:
        kind = {"Content-Type": "multipart/form-data; boundary=x"}
        return httpx.post(f"{url}/transcribe", content=body(), headers=kind, timeout=60)

    uploads = [pool.submit(upload) for _ in range(UPLOADS)]
    begun.wait(30)
    return uploads


def test_stop_under_load_finishes_what_was_accepted(tag: str, home: Path, clip: Path) -> None:
    content, go_on = clip.read_bytes(), threading.Event()
    with served(tag, home) as url, ThreadPoolExecutor(UPLOADS) as pool:
        supervisor = supervisor_of(url)
        with calling(url, content) as callers:
            uploads = half_uploads(pool, url, content, go_on)
            time.sleep(1.0)  # what was sent has reached the service
            supervisor.terminate()
            time.sleep(1.0)
            go_on.set()
            assert [one.result(60).status_code for one in uploads] == [200] * UPLOADS
            assert supervisor.wait(30) == 0
    assert [one.refused for one in callers if one.refused] == []
    assert not any("incomplete" in str(one.broken) for one in callers)


def test_killed_service_leaves_no_half_answer(tag: str, home: Path, clip: Path) -> None:
    with served(tag, home) as url:
        supervisor = supervisor_of(url)
        with calling(url, clip.read_bytes()) as callers:
            for process in [*supervisor.children(recursive=True), supervisor]:
                process.kill()
            supervisor.wait(30)
            time.sleep(0.5)
    assert [one.refused for one in callers if one.refused] == []
    assert all(one.broken is not None for one in callers)


def test_memory_stays_over_many_requests(tag: str, home: Path, clip: Path) -> None:
    with served(tag, home) as url, calling(url, clip.read_bytes()) as callers:
        supervisor = supervisor_of(url)

        def resident_mb_after(requests: int) -> float:
            while sum(one.answered for one in callers) < requests:
                assert not any(one.broken or one.refused for one in callers), callers
                time.sleep(0.05)
            return resident_mb(supervisor)

        warm = resident_mb_after(REQUESTS // 4)
        later = [resident_mb_after(REQUESTS * part // 4) for part in (2, 3, 4)]
    assert max(later) - warm < 30, (warm, later)
