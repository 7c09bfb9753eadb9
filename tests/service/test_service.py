"""A built Bento as a real process, over HTTP."""

import contextlib
import hashlib
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from bentos.asr.build import build
from bentos.asr.smoke import ServiceError, serve_and_ask, served

pytestmark = pytest.mark.slow
KEY = "a key for tests"
ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def client(
    tag: str, home: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[httpx.Client]:
    keys = tmp_path_factory.mktemp("keys") / "keys"
    keys.write_text(hashlib.sha256(KEY.encode()).hexdigest(), "utf-8")
    settings = {
        "OVOZ_API_KEYS_FILE": str(keys),
        "OVOZ_MAX_UPLOAD_BYTES": "300000",
        "OVOZ_MAX_DURATION_S": "20",
    }
    with (
        served(tag, home, environment=settings) as url,
        httpx.Client(base_url=url, headers={"X-API-Key": KEY}, timeout=30) as client,
    ):
        yield client


def post(client: httpx.Client, content: bytes) -> httpx.Response:
    return client.post("/transcribe", files={"file": ("x", content)})


def test_same_model_and_code_are_built_once(artifact: Path, home: Path, tag: str) -> None:
    assert build(artifact, "1", home) == tag
    assert len(list((home / "bentos" / "ovoz_asr").glob("v1-*"))) == 1


def test_smoke_test_answers_every_clip(tag: str, home: Path, clip: Path) -> None:
    answers = serve_and_ask(tag, [clip, clip], home)
    assert len(answers) == 2
    assert answers[0].text == answers[1].text
    assert answers[0].notice == "trained on random weights"


def test_answer_holds_words_with_languages_and_times(client: httpx.Client, clip: Path) -> None:
    answer = post(client, clip.read_bytes())
    assert answer.status_code == 200
    body = answer.json()
    assert body["duration_s"] == pytest.approx(1.3)
    assert body["text"] == " ".join(word["text"] for word in body["words"])
    for word in body["words"]:
        assert 0 <= word["start_s"] <= word["end_s"] <= 1.3
        assert word["language"] in {"uz", "ru", "mixed"}


def raw(client: httpx.Client, content: bytes) -> bytes:
    """The beginning of what a connection of its own answers."""
    address = (client.base_url.host, client.base_url.port)
    with socket.create_connection(address, 10) as connection:
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            connection.sendall(content)
        return connection.recv(4096)


def test_an_offer_of_http2_is_ignored_and_the_request_answered(
    client: httpx.Client, clip: Path
) -> None:
    """The headers are those of Java's HttpClient, which makes the offer unless told otherwise."""
    offer = {
        "Connection": "Upgrade, HTTP2-Settings",
        "Upgrade": "h2c",
        "HTTP2-Settings": "AAEAAEAAAAIAAAABAAMAAABkAAQBAAAAAAUAAEAA",
    }
    request = client.build_request(
        "POST", "/transcribe", files={"file": clip.read_bytes()}, headers=offer
    )
    head = b"".join(b"%s: %s\r\n" % header for header in request.headers.raw)
    whole = b"POST /transcribe HTTP/1.1\r\n" + head + b"\r\n" + request.read()
    assert raw(client, whole).startswith(b"HTTP/1.1 200 ")


def test_headers_without_end_are_refused(client: httpx.Client) -> None:
    endless = b"X: " + b"a" * 10_000 + b"\r\n"
    told = raw(client, b"GET /livez HTTP/1.1\r\nHost: x\r\n" + 200 * endless)
    assert told.startswith(b"HTTP/1.1 431 ")


@pytest.mark.parametrize(
    ("content", "status", "kind"),
    [
        (b"", 422, "audio-empty"),
        (b"not audio at all" * 50, 422, "audio-unreadable"),
        (b"fLaC" + bytes(300), 422, "audio-unreadable"),
        (bytes(400_000), 413, "audio-too-large"),
    ],
)
def test_hostile_upload_is_a_named_problem(client, content, status, kind) -> None:
    answer = post(client, content)
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["type"].endswith(kind)
    assert "Traceback" not in answer.text


def test_upload_of_untold_length_is_cut_off(client: httpx.Client) -> None:
    def long() -> Iterator[bytes]:
        yield b'--x\r\nContent-Disposition: form-data; name="file"; filename="x"\r\n\r\n'
        for _ in range(300):
            yield bytes(65_536)

    kind = {"Content-Type": "multipart/form-data; boundary=x"}
    answer = client.post("/transcribe", content=long(), headers=kind)
    assert answer.status_code == 413
    assert answer.json()["type"].endswith("audio-too-large")


def test_unknown_path_and_method_are_problems(client: httpx.Client) -> None:
    for answer, status in ((client.get("/nowhere"), 404), (client.get("/transcribe"), 405)):
        assert answer.status_code == status
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.json()["status"] == status


def test_pages_are_ours(client: httpx.Client) -> None:
    """BentoML's own page asks for a tracker."""
    for path in ("/", "/docs"):
        page = client.get(path)
        assert page.headers["content-security-policy"].startswith("default-src 'self'")
        assert "http" not in page.text
    head = client.head("/health")
    assert (head.status_code, head.content) == (200, b"")


def test_metrics_and_schema_need_the_key(client: httpx.Client) -> None:
    for path in ("/metrics", "/openapi.json", "/docs"):
        assert client.get(path).status_code == 200
        assert httpx.get(f"{client.base_url}{path}").status_code == 401


def test_long_recording_in_a_small_file(client: httpx.Client, tmp_path: Path) -> None:
    import numpy as np

    from ovoz.audio.encode import write_flac

    path = write_flac(tmp_path / "long.flac", np.zeros(16_000 * 60, np.float32))
    answer = post(client, path.read_bytes())
    assert answer.status_code == 413
    assert answer.json()["type"].endswith("audio-too-long")


def test_missing_file_field(client: httpx.Client) -> None:
    answer = client.post("/transcribe")
    assert answer.status_code == 422
    assert "file" in answer.json()["detail"]


def test_without_the_key(client: httpx.Client, clip: Path) -> None:
    answer = httpx.post(f"{client.base_url}/transcribe", files={"file": clip.read_bytes()})
    assert answer.status_code == 401
    assert answer.headers["content-type"] == "application/problem+json"
    health = httpx.get(f"{client.base_url}/health").json()
    assert health["status"] == "ok"
    assert health["model_loaded"] is True


def test_it_stops_with_the_block(tag: str, home: Path) -> None:
    with served(tag, home) as url:
        assert httpx.get(f"{url}/livez").status_code == 200
    with pytest.raises(httpx.TransportError):
        httpx.get(f"{url}/livez", timeout=2)


def test_a_service_that_cannot_start_says_why(tag: str, home: Path, tmp_path: Path) -> None:
    nothing = {"OVOZ_MODEL_ID": str(tmp_path / "none")}
    with (
        pytest.raises(ServiceError, match="no model artifact"),
        served(tag, home, environment=nothing),
    ):
        pass


def test_build_that_was_cut_off_is_done_again(artifact: Path, home: Path, tag: str) -> None:
    bento = home / "bentos" / "ovoz_asr" / tag.partition(":")[2]
    (bento / "bento.yaml").unlink()
    assert build(artifact, "1", home) == tag
    assert (bento / "bento.yaml").is_file()
    assert (bento / "src" / "model" / "model.json").is_file()
    assert not list(bento.rglob("__pycache__"))


def test_settings_of_another_service_are_not_handed_on(
    tag: str, home: Path, clip: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OVOZ_MODEL_ID", str(tmp_path / "none"))
    monkeypatch.setenv("OVOZ_API_KEYS_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    assert len(serve_and_ask(tag, [clip], home)) == 1


@pytest.mark.skipif(sys.platform != "linux", reason="the kernel's help is asked on Linux only")
@pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_service_ends_with_the_process_that_asked_it(tag: str, home: Path, sent) -> None:
    code = (
        "import signal, sys, time; from pathlib import Path\n"
        "from bentos.asr.smoke import served\n"
        # A test run in the background inherits an ignored SIGINT; a user's terminal does not.
        "signal.signal(signal.SIGINT, signal.default_int_handler)\n"
        "with served(sys.argv[1], Path(sys.argv[2])) as url:\n"
        "    print(url, flush=True)\n"
        "    time.sleep(60)\n"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", code, tag, str(home)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
    )
    assert process.stdout is not None
    url = process.stdout.readline().strip()
    assert httpx.get(f"{url}/livez").status_code == 200
    process.send_signal(sent)
    process.wait(30)
    process.stdout.close()
    assert _closed(url)


def _closed(url: str) -> bool:
    for _ in range(150):
        try:
            httpx.get(f"{url}/livez", timeout=2)
        except httpx.TransportError:
            return True
        time.sleep(0.1)
    return False
