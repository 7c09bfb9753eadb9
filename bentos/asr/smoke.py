"""Start a Bento, ask it, stop it."""

import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Final

import httpx

from bentos.asr.answers import Answer

_START_S: Final = 90.0
_STOP_S: Final = 20.0


class ServiceError(RuntimeError):
    """The service did not start or did not answer; the message holds the end of its log."""


def serve_and_ask(tag: str, clips: Sequence[Path], bento_home: Path) -> list[Answer]:
    """Serve the Bento ``tag`` on loopback, transcribe ``clips``, stop it.

    Raises:
        ServiceError: It did not become ready, or refused a clip.
    """
    with served(tag, bento_home) as url, httpx.Client(base_url=url, timeout=60) as client:
        answers = []
        for clip in clips:
            with clip.open("rb") as stream:
                response = client.post("/transcribe", files={"file": (clip.name, stream)})
            if response.status_code != httpx.codes.OK:
                raise ServiceError(f"{clip}: {response.status_code} {response.text}")
            answers.append(Answer.model_validate_json(response.content))
        return answers


@contextmanager
def served(
    target: str, bento_home: Path, *, environment: dict[str, str] | None = None
) -> Iterator[str]:
    """The URL of a running service; its whole process group ends with the block.

    Args:
        target: A Bento's tag, or the import path of a service.
        bento_home: BentoML's home.
        environment: Further variables of the process.
    """
    port = _free_port()
    variables = os.environ | {"BENTOML_HOME": str(bento_home.resolve()), **(environment or {})}
    command = ["serve", target, "--host", "127.0.0.1", "--port", str(port)]
    with tempfile.TemporaryFile() as log:
        process = subprocess.Popen(  # noqa: S603  (our own interpreter and arguments)
            [sys.executable, "-m", "bentoml", *command],
            env=variables,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        try:
            url = f"http://127.0.0.1:{port}"
            _wait_until_ready(process, url, log)
            yield url
        finally:
            _stop(process)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _wait_until_ready(process: "subprocess.Popen[bytes]", url: str, log: IO[bytes]) -> None:
    deadline = time.monotonic() + _START_S
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise ServiceError(f"the service ended while starting:\n{_end_of(log)}")
        try:
            if httpx.get(f"{url}/readyz", timeout=2).status_code == httpx.codes.OK:
                return
        except httpx.TransportError:
            time.sleep(0.2)
    raise ServiceError(f"the service was not ready after {_START_S:.0f} s:\n{_end_of(log)}")


def _end_of(log: IO[bytes]) -> str:
    log.seek(0)
    return log.read()[-3000:].decode(errors="replace")


def _stop(process: "subprocess.Popen[bytes]") -> None:
    """Ask the process group to end; make it when it does not."""
    for sent in (signal.SIGTERM, signal.SIGKILL):
        try:
            os.killpg(process.pid, sent)
        except ProcessLookupError:
            return
        try:
            process.wait(_STOP_S)
        except subprocess.TimeoutExpired:
            continue
        return
