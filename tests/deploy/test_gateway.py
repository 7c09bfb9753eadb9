"""Both gateways before two real services that are restarted one after the other under load."""

import os
import re
import ssl
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import httpx
import numpy as np
import pytest
import redis
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from ovoz_client import Client, StreamOptions
from ovoz_client.events import Done, Ready

from bentos.asr.build import bentoml_environment
from ovoz.serving.auth.network import free_port

from .programs import DEPLOY, eventually, run, running

REDIS = os.environ.get("TEST_REDIS_URL", "redis://127.0.0.1:6379/0")
SPOKEN_S = 20
STREAMS = 3


@dataclass(frozen=True)
class Certificate:
    """Of 127.0.0.1, signed by itself: files in PEM, and the context of who trusts it."""

    certificate: Path
    key: Path
    both: Path

    @property
    def trust(self) -> ssl.SSLContext:
        return ssl.create_default_context(cafile=self.certificate)


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Certificate:
    folder = tmp_path_factory.mktemp("tls")
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    made = (
        x509.CertificateBuilder().subject_name(name).issuer_name(name)
        .public_key(key.public_key()).serial_number(1)
        .not_valid_before(datetime.now(UTC) - timedelta(hours=1))
        .not_valid_after(datetime.now(UTC) + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .sign(key, hashes.SHA256())
    )  # fmt: skip
    pem = made.public_bytes(serialization.Encoding.PEM)
    secret = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    files = Certificate(folder / "certificate", folder / "key", folder / "both.pem")
    files.certificate.write_bytes(pem)
    files.key.write_bytes(secret)
    files.both.write_bytes(pem + secret)
    return files


class Services:
    """Two services on ports of their own, which keep them over a restart."""

    def __init__(self, tag: str, home: Path, folder: Path) -> None:
        self.ports = [free_port(), free_port()]
        self._environment = bentoml_environment(home) | {"OVOZ_STREAMS_RESUME_URL": REDIS}
        self._tag, self._folder = tag, folder
        self._running = [ExitStack(), ExitStack()]

    def start(self, which: int) -> None:
        command = (
            "-m", "bentos.asr.server", self._tag,
            "--host", "127.0.0.1", "--port", str(self.ports[which]),
        )  # fmt: skip
        log = self._folder / f"service-{which}.log"
        self._running[which].enter_context(
            running(log, sys.executable, *command, environment=self._environment, ends_s=40)
        )
        url = f"http://127.0.0.1:{self.ports[which]}/readyz"
        eventually(lambda: httpx.get(url, trust_env=False).status_code == 200)

    def stop(self, which: int) -> None:
        self._running[which].close()


@pytest.fixture(scope="module")
def services(tag, home, tmp_path_factory) -> Iterator[Services]:
    try:
        redis.Redis.from_url(REDIS).ping()
    except redis.RedisError:
        pytest.skip(f"no Redis at {REDIS}")
    both = Services(tag, home, tmp_path_factory.mktemp("services"))
    try:
        both.start(0)
        both.start(1)
        yield both
    finally:
        both.stop(0)
        both.stop(1)


def written(
    name: str, ports: tuple[int, int], services: list[int], tls: Certificate, to: Path
) -> Path:
    """A committed configuration with the names of a cluster replaced by ports of this machine."""
    text = (DEPLOY / "gateway" / name).read_text("utf-8").replace(" /tmp/", f" {to}/")
    for place, port in enumerate(services, start=1):
        text = text.replace(f"api-{place}:3000", f"127.0.0.1:{port}")
    for known, port in zip(("8080", "8443"), ports, strict=True):
        text = re.sub(rf"\b{known}\b", f"127.0.0.1:{port}", text)
    text = text.replace("bind :", "bind ").replace("/run/secrets/tls.pem", str(tls.both))
    text = text.replace("/run/secrets/tls_certificate", str(tls.certificate))
    text = text.replace("/run/secrets/tls_key", str(tls.key))
    file = to / name
    file.write_text(text, "utf-8")
    return file


@contextmanager
def gateway(name: str, services: list[int], tls: Certificate, to: Path) -> Iterator[str]:
    """The address of a gateway before services on these ports."""
    plain, secure = free_port(), free_port()
    file = written(name, (plain, secure), services, tls, to)
    command = {
        "nginx.conf": ("nginx", "-e", "stderr", "-c", file, "-g", "daemon off; user root;"),
        "haproxy.cfg": ("haproxy", "-f", file),
    }[name]
    with running(to / "gateway.log", *command) as process:
        url = f"https://localhost:{secure}"
        eventually(
            lambda: (
                process.poll() is not None
                or httpx.get(f"{url}/readyz", verify=tls.trust, trust_env=False)
            )
        )
        assert process.poll() is None, (to / "gateway.log").read_text("utf-8")
        yield url


@pytest.fixture(scope="module")
def speech() -> bytes:
    """Words with pauses: what a session has finished with is what another service goes on from."""
    from ovoz.corpus.synthetic.speech import Speaker
    from ovoz.corpus.synthetic.voices import cast

    said = Speaker().say("salom bank kredit nomer", cast(0, 1)[0][0])
    once = np.concatenate([said, np.zeros(16_000, np.float32)])
    whole = np.resize(once, SPOKEN_S * 16_000)
    return (whole * 32_767).astype("<i2").tobytes()


@dataclass
class Load:
    """Callers who ask again and again, and speakers; what became of them."""

    url: str
    clip: bytes
    speech: bytes
    trust: ssl.SSLContext
    statuses: Counter[str] = field(default_factory=Counter)
    done: list[float] = field(default_factory=list)
    resumed: int = 0
    over: threading.Event = field(default_factory=threading.Event)

    def ask(self) -> None:
        with httpx.Client(base_url=self.url, verify=self.trust, trust_env=False, timeout=60) as one:
            while not self.over.is_set():
                try:
                    answer = one.post("/transcribe", files={"file": self.clip})
                    self.statuses[str(answer.status_code)] += 1
                except httpx.TransportError as error:
                    self.statuses[type(error).__name__] += 1
                time.sleep(0.1)

    def speak(self) -> None:
        with (
            Client(self.url, ssl_context=self.trust, trust_env=False) as client,
            client.stream(StreamOptions()) as stream,
        ):
            listening = threading.Thread(target=self.listen, args=(stream,))
            listening.start()
            for place in range(0, len(self.speech), 6_400):
                stream.send(self.speech[place : place + 6_400])
                time.sleep(0.2)
            self.over.wait(120)
            stream.stop()
            listening.join(60)

    def listen(self, stream) -> None:
        for event in stream:
            self.resumed += isinstance(event, Ready) and event.resumed
            if isinstance(event, Done):
                self.done.append(event.duration_s)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["nginx.conf", "haproxy.cfg"])
def test_a_rolling_restart_fails_no_request_and_loses_no_stream(
    name, services, certificate, clip, speech, tmp_path
) -> None:
    with gateway(name, services.ports, certificate, tmp_path) as url:
        load = Load(url, clip.read_bytes(), speech, certificate.trust)
        work = [*[load.ask] * 2, *[load.speak] * STREAMS]
        threads = [threading.Thread(target=one) for one in work]
        for thread in threads:
            thread.start()
        time.sleep(3)
        for which in (0, 1):
            services.stop(which)
            services.start(which)
            time.sleep(3)  # until the gateway asks it again
        load.over.set()
        for thread in threads:
            thread.join(120)
        assert set(load.statuses) == {"200"}, load.statuses
        assert load.done == [pytest.approx(SPOKEN_S, abs=0.01)] * STREAMS
        assert load.resumed >= STREAMS  # each of them was on one of the two that stopped


@pytest.mark.parametrize("name", ["nginx.conf", "haproxy.cfg"])
def test_what_one_service_drops_the_other_one_answers(name, certificate, clip, tmp_path) -> None:
    with (
        service(answers=False) as stopping,
        service(answers=True) as staying,
        gateway(name, [stopping, staying], certificate, tmp_path) as url,
        httpx.Client(base_url=url, verify=certificate.trust, trust_env=False) as client,
    ):
        content = clip.read_bytes()

        def slowly() -> Iterator[bytes]:
            yield content[:1000]
            time.sleep(0.05)  # in packets of their own: headers, then parts of the body
            yield content[1000:]

        length = {"Content-Length": str(len(content))}
        for _ in range(8):
            answer = client.post("/transcribe", content=slowly(), headers=length)
            assert answer.status_code == 200


@contextmanager
def service(*, answers: bool) -> Iterator[int]:
    """The port of a service that says it is ready, and reads requests; one drops them then."""

    class Service(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            self.close_connection = True
            if answers:
                self.do_GET()

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Service) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server.server_port
        server.shutdown()


@pytest.mark.slow
@pytest.mark.parametrize("name", ["nginx.conf", "haproxy.cfg"])
def test_the_edge_keeps_out_what_is_not_for_outside(name, services, certificate, tmp_path) -> None:
    with (
        gateway(name, services.ports, certificate, tmp_path) as url,
        httpx.Client(base_url=url, verify=certificate.trust, trust_env=False) as client,
    ):
        assert client.get("/metrics").status_code == 404
        assert client.post("/v1/model/refresh").status_code == 404
        large = client.post("/transcribe", content=b"0" * 40_000_000)
        assert large.status_code == 413
        answer = client.get("/health", headers={"X-Request-ID": "asked"})
        assert answer.headers["X-Request-ID"] == "asked"
        assert "max-age" in answer.headers["Strict-Transport-Security"]
        plain = re.search(r"127\.0\.0\.1:(\d+)", (tmp_path / name).read_text("utf-8"))
        assert plain
        statuses = Counter(client.get("/livez").status_code for _ in range(400))
        assert statuses[429]


@pytest.mark.parametrize("name", ["nginx.conf", "haproxy.cfg"])
def test_the_gateway_reads_its_file(name, certificate, tmp_path) -> None:
    file = written(name, (free_port(), free_port()), [3000, 3001], certificate, tmp_path)
    if name == "nginx.conf":
        run("nginx", "-t", "-e", "stderr", "-c", file, "-g", "user root;")
    else:
        run("haproxy", "-c", "-f", file)
