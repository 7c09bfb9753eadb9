"""Wrong settings and places of a real start: one line each, and an exit code."""

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from ovoz.serving.auth.network import free_port

pytestmark = pytest.mark.slow
SERVICE = "bentos.asr.service:SpeechToText"


def started(place: list[str], **variables: str) -> "subprocess.CompletedProcess[str]":
    environment = {name: value for name, value in os.environ.items() if name[:5] != "OVOZ_"}
    command = [sys.executable, "-m", "bentos.asr.server", SERVICE, *place]
    return subprocess.run(
        command, env=environment | variables, capture_output=True, text=True, timeout=60
    )


@pytest.mark.parametrize(
    ("variables", "told"),
    [
        ({"OVOZ_MODEL_ID": "/nowhere"}, "/nowhere"),
        ({"OVOZ_TIMEOUT_S": "soon"}, "OVOZ_TIMEOUT_S"),
        ({"OVOZ_TIMEOUTS": "5"}, "did you mean OVOZ_TIMEOUT_S?"),
        ({"OVOZ_JWT_JWKS_URL": "https://issuer.example/keys"}, "OVOZ_JWT_ALGORITHM"),
    ],
)
def test_wrong_setting_is_told_in_one_line(
    variables: dict[str, str], told: str, artifact: Path, tmp_path: Path
) -> None:
    usual = {"OVOZ_MODEL_ID": str(artifact), "OVOZ_JOBS_DIR": str(tmp_path)}
    place = ["--host", "127.0.0.1", "--port", str(free_port())]
    done = started(place, **usual | variables)
    assert done.returncode == 1
    assert told in done.stderr
    assert len(done.stderr.splitlines()) == 1, done.stderr


def test_place_that_cannot_be_had_is_told_in_one_line(artifact: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        for port in (str(taken.getsockname()[1]), "99999", "http"):
            done = started(["--host", "127.0.0.1", "--port", port], OVOZ_MODEL_ID=str(artifact))
            assert done.returncode == 1
            assert port in done.stderr
            assert len(done.stderr.splitlines()) == 1, done.stderr
