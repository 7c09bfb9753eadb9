"""Clients that come, go and come back in great numbers leave nothing behind."""

import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import httpx
import psutil
import pytest

from ovoz.serving.auth.network import free_port
from tests.service.processes import wait_until, wait_until_ready

from ...unit.streaming.coded_speech import Said, assert_same_words, say
from .clients import Client, pcm
from .test_resume import Persistent

pytestmark = pytest.mark.slow
ROOT = Path(__file__).resolve().parents[3]
WORDS = [Said("kam", 6_000, 8_000), Said("mio", 7_000, 1_000)]
CONTENT = pcm(say(WORDS, tail=1_000))
AT_ONCE = 8
KEPT_MB = 30.0
"""A session that stayed would keep its audio: a thousand of them well over a hundred MB."""


@dataclass(frozen=True)
class Held:
    """What a process holds, beside its memory."""

    tasks: int
    descriptors: int


class Server:
    """A server process that forgets dropped clients after ten seconds."""

    def __init__(self, url: str, process: psutil.Process) -> None:
        self.url = url
        self._process = process

    def held(self) -> Held:
        with httpx.Client(trust_env=False) as client:
            tasks = client.get(f"{self.url}/tasks").json()
        return Held(tasks, self._process.num_fds())

    def resident_mb(self) -> float:
        return self._process.memory_info().rss / 1e6


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    port = free_port()
    command = [sys.executable, "-m", "tests.service.live.server", str(port), "10"]
    with subprocess.Popen(command, cwd=ROOT) as process:
        try:
            url = f"http://127.0.0.1:{port}"
            wait_until_ready(f"{url}/openapi.json", process)
            yield Server(url, psutil.Process(process.pid))
        finally:
            process.kill()


def visit(url: str, number: int) -> None:
    """Connect and leave: by a cut, by a close, or before a word is said."""
    client = Client(url)
    if number % 3:
        client.start()
        client.send_bytes(CONTENT)
    if number % 2:
        client.drop()
    else:
        client.socket.close()


def come_back(url: str, _: int) -> None:
    """A session whose line is cut once, and that hears all of its words."""
    client = Persistent(url)
    client.speak(CONTENT, [16_000], size=16_000)
    assert client.drops == 1
    assert_same_words(client.words, WORDS)


@pytest.mark.parametrize(("act", "times"), [(visit, 200), (come_back, 1_000)])
def test_nothing_stays_of_a_storm(server: Server, act, times: int) -> None:
    with ThreadPoolExecutor(AT_ONCE) as pool:
        before = server.held()
        list(pool.map(act, [server.url] * 200, range(200)))  # what is made once is made
        wait_until(lambda: server.held() == before)
        warm_mb = server.resident_mb()
        list(pool.map(act, [server.url] * times, range(times)))
        wait_until(lambda: server.held() == before)
    grown_mb = server.resident_mb() - warm_mb
    assert grown_mb < KEPT_MB
