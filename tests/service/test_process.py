"""How the server process starts, works under load and stops."""

import concurrent.futures
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import httpx
import psutil
import pytest

from bentos.asr.build import bentoml_environment
from bentos.asr.smoke import served

from .processes import supervisor_of

pytestmark = pytest.mark.slow


def test_open_network_without_keys_is_refused(tag: str, home: Path) -> None:
    command = [sys.executable, "-m", "bentoml", "serve", tag, "--host", "0.0.0.0", "--port", "0"]
    done = subprocess.run(
        command, env=bentoml_environment(home), capture_output=True, text=True, timeout=60
    )
    assert done.returncode != 0
    assert "no API keys" in done.stderr + done.stdout


def test_requests_side_by_side_are_answered_alike(tag: str, home: Path, clip: Path) -> None:
    content = clip.read_bytes()

    def text(url: str) -> str:
        answer = httpx.post(f"{url}/transcribe", files={"file": content}, timeout=60)
        assert answer.status_code == 200, answer.text
        return answer.json()["text"]

    with served(tag, home) as url, concurrent.futures.ThreadPoolExecutor(16) as pool:
        assert len(set(pool.map(text, [url] * 64))) == 1


def test_request_under_way_survives_the_stop(tag: str, home: Path, clip: Path) -> None:
    stopping = threading.Event()
    head = b'--x\r\nContent-Disposition: form-data; name="file"; filename="x"\r\n\r\n'

    def upload() -> Iterator[bytes]:
        yield head + clip.read_bytes()
        assert stopping.wait(30)
        threading.Event().wait(1.0)  # the signal has reached the worker by then
        yield b"\r\n--x--\r\n"

    with served(tag, home) as url, concurrent.futures.ThreadPoolExecutor(1) as pool:
        kind = {"Content-Type": "multipart/form-data; boundary=x"}
        answer = pool.submit(
            httpx.post, f"{url}/transcribe", content=upload(), headers=kind, timeout=60
        )
        threading.Event().wait(1.0)  # the upload has begun
        supervisor = supervisor_of(url)
        supervisor.terminate()
        threading.Event().wait(0.7)  # the worker has taken notice
        with pytest.raises(httpx.ConnectError):  # refused at once, not taken and left alone
            httpx.get(f"{url}/livez", timeout=20, trust_env=False)
        stopping.set()
        assert answer.result(60).status_code == 200
        assert supervisor.wait(30) == 0
    with pytest.raises(httpx.TransportError):
        httpx.get(f"{url}/livez", timeout=2)


def test_nothing_is_left_on_the_port_when_the_main_process_is_killed(tag: str, home: Path) -> None:
    with served(tag, home) as url:
        supervisor = supervisor_of(url)
        workers = supervisor.children(recursive=True)
        supervisor.kill()
        gone, left = psutil.wait_procs(workers, 30)
        assert (len(gone), left) == (len(workers), [])
        with pytest.raises(httpx.ConnectError):
            httpx.get(f"{url}/livez", timeout=2, trust_env=False)


def test_services_of_one_store_keep_their_figures_apart(tag: str, home: Path, clip: Path) -> None:
    def requests(url: str) -> float:
        figures = httpx.get(f"{url}/metrics", timeout=20, trust_env=False).text
        lines = [line for line in figures.splitlines() if "/transcribe" in line]
        return sum(float(line.split()[-1]) for line in lines if line.startswith("asr_requests_t"))

    with served(tag, home) as first:
        httpx.post(f"{first}/transcribe", files={"file": clip.read_bytes()}, timeout=60)
        assert requests(first) == 1
        with served(tag, home) as second:
            assert requests(second) == 0
            httpx.post(f"{first}/transcribe", files={"file": clip.read_bytes()}, timeout=60)
        assert requests(first) == 2
