"""Requests to the jobs API."""

import threading
import time
from typing import Any

import httpx

from ovoz.serving.inference.local_model import LocalModel

OVER = {"done", "failed", "cancelled"}


class Held:
    """A recogniser that waits to be let go, for each recording anew."""

    def __init__(self, model: LocalModel) -> None:
        self._model = model
        self.info = model.info
        self.begun = threading.Semaphore(0)
        self.go = threading.Semaphore(0)

    def transcribe_all(self, batch: Any) -> Any:
        self.begun.release()
        assert self.go.acquire(timeout=30)
        return self._model.transcribe_all(batch)


def send(
    client: httpx.Client, contents: list[bytes], *, headers: dict[str, str] | None = None, **fields
):
    files = [("files", (f"{place}.flac", content)) for place, content in enumerate(contents)]
    return client.post("/jobs", files=files, data=fields, headers=headers)


def finished(client: httpx.Client, job: dict, *, within_s: float = 20.0, **asked: Any) -> dict:
    deadline = time.monotonic() + within_s
    while time.monotonic() < deadline:
        job = client.get(f"/jobs/{job['id']}", **asked).json()
        if job["state"] in OVER:
            return job
        time.sleep(0.02)
    raise AssertionError(f"not finished after {within_s} s: {job['state']}, {job['progress']}")
