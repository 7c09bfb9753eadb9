"""The real programs that read our files."""

import importlib.util
import json
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import ModuleType
from typing import Any

import httpx
import pytest

ROOT = Path(__file__).resolve().parents[2]
DEPLOY = ROOT / "deploy"


def find(name: str) -> str:
    """A program of this environment or of the machine; the test is skipped where it is absent."""
    beside = Path(sys.executable).parent / name
    found = str(beside) if beside.is_file() else shutil.which(name)
    if found is None:
        pytest.skip(f"{name} is not installed")
    return found


def run(name: str, *arguments: str | Path, cwd: Path = ROOT) -> str:
    """What a program prints; it must end with 0."""
    done = subprocess.run(
        [find(name), *arguments], cwd=cwd, capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def script(path: str) -> ModuleType:
    """A script of ``deploy/``, which is no package."""
    spec = importlib.util.spec_from_file_location(Path(path).stem, DEPLOY / path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@contextmanager
def running(
    log: Path,
    name: str,
    *arguments: str | Path,
    environment: dict[str, str] | None = None,
    ends_s: float = 10,
) -> Iterator["subprocess.Popen[bytes]"]:
    """A program that runs until the block ends, and then has some time to end."""
    with log.open("wb") as stream:
        process = subprocess.Popen(
            [find(name), *arguments], env=environment, stdout=stream, stderr=subprocess.STDOUT
        )
        try:
            yield process
            assert process.poll() is None, log.read_text("utf-8")
        finally:
            process.terminate()
            try:
                process.wait(ends_s)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def eventually(holds: Callable[[], Any], seconds: float = 60) -> Any:
    """What ``holds`` returns once it is true."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        try:
            if found := holds():
                return found
        except httpx.TransportError:
            pass
        time.sleep(0.2)
    raise AssertionError("it does not come true")


@contextmanager
def webhook() -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """The address of a receiver, and what it was sent."""
    received: list[dict[str, Any]] = []

    class Receiver(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            received.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Receiver)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}", received
    finally:
        server.shutdown()
        server.server_close()
