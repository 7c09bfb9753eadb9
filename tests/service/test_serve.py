"""``ovoz serve`` as a user starts it, far from the repository."""

import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import httpx
import pytest
from typer.testing import CliRunner

from ovoz.cli.main import app
from ovoz.registry.registry import Registry
from ovoz.registry.settings import RegistrySettings
from ovoz.serving.auth.network import free_port
from tests.service.processes import wait_until, wait_until_ready

OVOZ = [sys.executable, "-c", "from ovoz.cli.main import app; app()"]


def registered(port: int) -> str:
    """The version that a service serves."""
    return httpx.get(f"http://127.0.0.1:{port}/v1/version").json()["registered"]


@pytest.mark.slow
@pytest.mark.parametrize("options", [[], ["--apart", "--debug"]])
def test_registered_model_is_packaged_served_and_stopped(
    artifact: Path,
    other_artifact: Path,
    clip: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    options: list[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    Registry(RegistrySettings()).register(artifact, {})
    port = free_port()
    command = [*OVOZ, "serve", "--alias", "candidate", "--port", str(port), *options]
    process = subprocess.Popen(command, env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)})
    try:
        wait_until_ready(f"http://127.0.0.1:{port}/readyz", process)
        with clip.open("rb") as stream:
            answer = httpx.post(f"http://127.0.0.1:{port}/transcribe", files={"file": stream})
        assert answer.json()["model_version"].startswith("tiny-")
        assert (tmp_path / ".ovoz" / "jobs").is_dir()
        if "--apart" not in options:
            # The alias moves, and the running service follows.
            assert registered(port) == "1"
            Registry(RegistrySettings()).register(other_artifact, {})
            wait_until(lambda: registered(port) == "2")
    finally:
        process.send_signal(signal.SIGTERM)
        assert process.wait(60) == 0


@pytest.mark.slow
def test_model_that_is_no_artifact_ends_the_command(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "bentos.asr", str(tmp_path), "1"], capture_output=True, text=True
    )
    assert done.returncode == 2
    assert "no model artifact" in done.stderr


def test_a_port_that_cannot_be_had_is_one_line() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        done = CliRunner().invoke(app, ["serve", "--port", str(port)])
    assert done.exit_code == 2
    assert len(done.stderr.splitlines()) == 1
    assert f"cannot listen on 127.0.0.1:{port}" in done.stderr
    assert CliRunner().invoke(app, ["serve", "--port", "99999"]).exit_code == 2
    unknown = CliRunner().invoke(app, ["serve", "--host", "no-such-host.invalid"])
    assert unknown.exit_code == 2
