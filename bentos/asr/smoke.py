"""Start a Bento, ask it, stop it.

BentoML's own start (``bentoml.HTTPServer``, 1.4.39) lays our environment over the one that it is
given, so settings meant for another service would reach the Bento, and it pipes the log without
reading it and ends one process, not the group. Its client knows the methods that a service
declares; our routes are those of a mounted application.
"""

import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Final

import httpx
from rich.console import Console

from bentos.asr.build import bentoml_environment
from bentos.asr.process import parent_death_signal
from ovoz.serving.auth.network import free_port
from ovoz.serving.inference.answer import Answer

_START_S: Final = 90.0
_STOP_S: Final = 20.0


class ServiceError(RuntimeError):
    """The service did not start or did not answer; the message holds the end of its log."""


def serve_and_ask(tag: str, clips: Sequence[Path], bento_home: Path) -> list[Answer]:
    """Serve the Bento ``tag`` on loopback, transcribe ``clips``, stop it; progress is shown.

    Raises:
        ServiceError: It did not become ready, or refused a clip.
    """
    with Console().status("starting the service") as shown, served(tag, bento_home) as url:
        # The machine's proxy settings are not for loopback.
        with httpx.Client(base_url=url, timeout=60, trust_env=False) as client:
            answers = []
            for place, clip in enumerate(clips, start=1):
                shown.update(f"transcribing clip {place} of {len(clips)}")
                answers.append(_ask(client, clip))
        shown.update("stopping the service")
        return answers


def _ask(client: httpx.Client, clip: Path) -> Answer:
    with clip.open("rb") as stream:
        response = client.post("/transcribe", files={"file": (clip.name, stream)})
    if response.status_code != httpx.codes.OK:
        raise ServiceError(f"{clip}: {response.status_code} {response.text}")
    return Answer.model_validate_json(response.content)


@contextmanager
def served(
    target: str, bento_home: Path, *, environment: dict[str, str] | None = None
) -> Iterator[str]:
    """The URL of a running service; its whole process group ends with the block.

    It ends as well when this process is killed inside of the block (on Linux). Settings of a
    service in our own environment are not handed on: what is asked is the Bento as it was packed.

    Args:
        target: A Bento's tag, or the import path of a service.
        bento_home: BentoML's home.
        environment: Further variables of the process.

    Raises:
        ServiceError: It ended while starting, or was not ready in time.
    """
    port = free_port()
    variables = bentoml_environment(bento_home) | (environment or {})
    command = [target, "--host", "127.0.0.1", "--port", str(port)]
    with tempfile.TemporaryFile() as log:
        process = subprocess.Popen(  # noqa: S603  (our own interpreter and arguments)
            [sys.executable, "-m", "bentos.asr.server", *command],
            env=variables,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            preexec_fn=parent_death_signal(),
        )
        try:
            url = f"http://127.0.0.1:{port}"
            _wait_until_ready(process, url, log)
            yield url
        finally:
            _stop(process)


def _wait_until_ready(process: "subprocess.Popen[bytes]", url: str, log: IO[bytes]) -> None:
    deadline = time.monotonic() + _START_S
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise ServiceError(f"the service ended while starting:\n{_end_of(log)}")
        try:
            if httpx.get(f"{url}/readyz", timeout=2, trust_env=False).status_code == httpx.codes.OK:
                return
        except httpx.TransportError:
            pass  # not listening yet
        time.sleep(0.2)
    raise ServiceError(f"the service was not ready after {_START_S:.0f} s:\n{_end_of(log)}")


def _end_of(log: IO[bytes]) -> str:
    log.seek(0)
    return log.read()[-3000:].decode(errors="replace")


def _stop(process: "subprocess.Popen[bytes]") -> None:
    """Ask the process group to end; make what is left of it."""
    _signal_group(process, signal.SIGTERM)
    try:
        process.wait(_STOP_S)
    except subprocess.TimeoutExpired:
        pass
    finally:
        _signal_group(process, signal.SIGKILL)
        process.wait()


def _signal_group(process: "subprocess.Popen[bytes]", sent: signal.Signals) -> None:
    with suppress(ProcessLookupError):
        os.killpg(process.pid, sent)
