"""The image of the service, built by buildah and asked for a transcript as an ordinary user.

`make test-images` runs it: a base is debootstrapped (Debian 12, as the real one) and takes minutes.
"""

import hashlib
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from ovoz.serving.auth.network import free_port

ROOT = Path(__file__).resolve().parents[2]
BASE = "docker.io/library/debian:bookworm-slim"
STORE = ROOT / "build/images"
KEY = "key of a test"

pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(1800),
    pytest.mark.skipif(
        "OVOZ_TEST_IMAGES" not in os.environ, reason="takes minutes: run by make test-images"
    ),
]


def buildah(*arguments: str | Path, **options: object) -> str:
    command = ["buildah", "--root", STORE / "store", "--runroot", STORE / "run",
               "--storage-driver", "vfs", *arguments]  # fmt: skip
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, **options)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    return done.stdout.strip()


@pytest.fixture(scope="module")
def base() -> str:
    """A stand-in for the public base, under its name."""
    if missing := [name for name in ("buildah", "debootstrap") if not shutil.which(name)]:
        pytest.skip(f"not installed: {', '.join(missing)}")
    if BASE not in buildah("images", "--format", "{{.Name}}:{{.Tag}}").splitlines():
        system = STORE / "system"
        subprocess.run(["debootstrap", "--variant=minbase", "bookworm", system], check=True)
        container = buildah("from", "scratch")
        buildah("add", "--quiet", container, system, "/")
        buildah("commit", "--quiet", "--rm", container, BASE)
        shutil.rmtree(system)
    return BASE


@pytest.fixture(scope="module")
def container(base: str) -> Iterator[str]:
    """A container of the service."""
    certificates = os.environ.get("SSL_CERT_FILE")
    trusted = (
        ("--volume", f"{certificates}:/mnt/ca.pem:ro", "--build-arg", "CERTIFICATES=/mnt/ca.pem")
        if certificates
        else ()
    )
    image = "localhost/ovoz/asr-api:test"
    buildah("build", "--pull-never", "--isolation", "chroot", "--network", "host", "--layers",
            "--format", "docker", "--file", "deploy/images/Containerfile", "--target", "asr-api",
            "--build-arg", f"BASE={base}", *trusted, "--tag", image, ".")  # fmt: skip
    name = buildah("from", "--pull-never", image)
    yield name
    buildah("rm", name)


def run_in(container: str, *command: str) -> str:
    return buildah("run", "--isolation", "chroot", container, *command)


def test_nothing_but_its_own_folders_can_be_written(container) -> None:
    assert run_in(container, "id", "-u") == "10001"
    looked_for = "find / -xdev -type d -writable -not -path '/proc/*' -not -path '/dev/*' || true"
    assert set(run_in(container, "sh", "-c", looked_for).splitlines()) <= {
        "/tmp", "/var/tmp", "/var/lib/ovoz", "/run/lock"
    }  # fmt: skip


def test_it_transcribes_as_an_ordinary_user(container, artifact, clip, tmp_path) -> None:
    keys, port = tmp_path / "keys", str(free_port())
    keys.write_text(hashlib.sha256(KEY.encode()).hexdigest(), "utf-8")
    keys.chmod(0o644)
    process = subprocess.Popen(
        ["buildah", "--root", STORE / "store", "--runroot", STORE / "run", "--storage-driver",
         "vfs", "run", "--isolation", "chroot", "--network", "host",
         "--volume", f"{artifact}:/model:ro", "--volume", f"{keys}:/run/secrets/api_keys:ro",
         "--env", "OVOZ_MODEL_ID=/model", "--env", "OVOZ_API_KEYS_FILE=/run/secrets/api_keys",
         container, "python", "-m", "bentos.asr.server", "bentos.asr.service:SpeechToText",
         "--host", "0.0.0.0", "--port", port],
        start_new_session=True,
    )  # fmt: skip
    try:
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", trust_env=False) as client:
            wait_until_ready(client, process)
            files = {"file": clip.read_bytes()}
            assert client.post("/transcribe", files=files).status_code == 401
            answer = client.post("/transcribe", files=files, headers={"X-API-Key": KEY})
            assert answer.status_code == 200, answer.text
            assert answer.json()["text"]
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait(30)


def wait_until_ready(client: httpx.Client, process: "subprocess.Popen[bytes]") -> None:
    deadline = time.monotonic() + 180
    while time.monotonic() < deadline:
        assert process.poll() is None, "the container ended"
        try:
            if client.get("/readyz").status_code == 200:
                return
        except httpx.TransportError:
            time.sleep(0.5)
    raise AssertionError("not ready")
