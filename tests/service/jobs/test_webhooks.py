"""Webhooks, received by a real server on loopback."""

import base64
import hashlib
import hmac
import json
import socket
import ssl
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID
from fastapi.testclient import TestClient
from hypothesis import given
from hypothesis import strategies as st
from standardwebhooks import Webhook, WebhookVerificationError

from ovoz.serving.app import build_app
from ovoz.serving.jobs import resolver, targets
from ovoz.serving.jobs.delivery import Reception, Try, _understood, pause_s, signature
from ovoz.serving.startup.checks import StartError, read_settings
from tests.service.jobs.calls import Held, finished, send
from tests.service.settings import settings_with

SECRET = "a secret for tests"
OPTIONS = {
    "jobs_webhook_secret": SECRET,
    "jobs_webhook_private": True,
    "jobs_webhook_backoff_s": 0.05,
    "jobs_webhook_timeout_s": 1.0,
}


@dataclass
class Receiver:
    """Answers with ``statuses`` one after the other, then with 200."""

    url: str
    statuses: list[int] = field(default_factory=list)
    got: list[tuple[dict[str, str], bytes]] = field(default_factory=list)
    arrived: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(0))
    hold_s: float = 0.0


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            kept.got.append((dict(self.headers.items()) | {"path": self.path}, body))
            kept.arrived.release()
            time.sleep(kept.hold_s)
            self.send_response(kept.statuses.pop(0) if kept.statuses else 200)
            self.send_header("Location", f"{kept.url}elsewhere")
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    kept = Receiver(f"http://127.0.0.1:{server.server_port}/hook/")
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield kept
    server.shutdown()
    server.server_close()


def told_of(client: TestClient, job: dict, state: str) -> dict:
    deadline = time.monotonic() + 15
    while True:
        webhook = client.get(f"/jobs/{job['id']}").json()["webhook"]
        if webhook["state"] == state:
            return webhook
        assert time.monotonic() < deadline, webhook
        time.sleep(0.05)


def test_finished_job_is_told_of_and_signed(service, receiver: Receiver, clip: Path) -> None:
    client = service(**OPTIONS)
    job = send(client, [clip.read_bytes()], webhook_url=receiver.url + "?a=b").json()
    assert job["webhook"]["state"] == "waiting"
    assert told_of(client, job, "delivered")["outcome"] == "HTTP 200"
    ((headers, body),) = receiver.got
    name, moment = headers["webhook-id"], headers["webhook-timestamp"]
    expected = hmac.new(SECRET.encode(), f"{name}.{moment}.".encode() + body, hashlib.sha256)
    digest = base64.b64decode(headers["webhook-signature"].removeprefix("v1,"))
    assert hmac.compare_digest(digest, expected.digest())
    assert abs(int(moment) - time.time()) < 30
    assert name == job["id"]
    assert headers["path"] == "/hook/?a=b"
    assert headers["Content-Type"] == "application/json"
    told = json.loads(body)
    own = {"webhook": None}
    assert told | own == client.get(f"/jobs/{job['id']}").json() | own


@pytest.mark.parametrize("secret", ["whsec_" + base64.b64encode(bytes(range(32))).decode(), SECRET])
def test_libraries_of_standard_webhooks_verify_it(secret: str) -> None:
    body = '{"id": "a", "text": "ўзбекча"}'
    key = secret if secret.startswith("whsec_") else secret.encode()
    assert Webhook(key).verify(body, signature((secret,), "a", body)) == json.loads(body)
    with pytest.raises(WebhookVerificationError):
        Webhook(b"another").verify(body, signature((secret,), "a", body))


@pytest.mark.parametrize("secret", ["whsec_", "whsec_not base64", "whsec_AAAAA"])
def test_secrets_that_cannot_be_decoded_stop_the_start(
    secret: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OVOZ_JOBS_WEBHOOK_SECRET", secret)
    with pytest.raises(StartError, match="OVOZ_JOBS_WEBHOOK_SECRET"):
        read_settings()


@pytest.mark.parametrize("first", [[500], [302], [429, 503]])
def test_failed_try_is_repeated(service, receiver: Receiver, clip: Path, first) -> None:
    receiver.statuses = list(first)
    client = service(**OPTIONS)
    job = send(client, [clip.read_bytes()], webhook_url=receiver.url).json()
    told = told_of(client, job, "delivered")
    assert told["attempts"] == len(first) + 1 == len(receiver.got)
    assert {headers["path"] for headers, _ in receiver.got} == {"/hook/"}  # nobody followed


def test_after_some_tries_it_is_given_up(service, receiver: Receiver, clip: Path) -> None:
    receiver.statuses = [500] * 9
    client = service(**OPTIONS, jobs_webhook_tries=3)
    job = send(client, [clip.read_bytes()], webhook_url=receiver.url).json()
    told = told_of(client, job, "given_up")
    assert (told["attempts"], told["outcome"], len(receiver.got)) == (3, "HTTP 500", 3)
    assert finished(client, job)["state"] == "done"


def test_slow_and_absent_receivers_fail(service, receiver: Receiver, clip: Path) -> None:
    receiver.hold_s = 3.0
    options = OPTIONS | {"jobs_webhook_timeout_s": 0.3}
    client = service(**options, jobs_webhook_tries=1)
    job = send(client, [clip.read_bytes()], webhook_url=receiver.url).json()
    absent = send(client, [clip.read_bytes()], webhook_url="http://127.0.0.1:1/").json()
    assert told_of(client, job, "given_up")["outcome"] in {"TimeoutError", "ReadTimeout"}
    assert told_of(client, absent, "given_up")["outcome"] == "ConnectError"


def test_other_process_goes_on_telling(recogniser, receiver, clip: Path, tmp_path) -> None:
    receiver.statuses = [500]
    options = OPTIONS | {"jobs_webhook_backoff_s": 1.0, "jobs_sweep_s": 0.1}
    settings = settings_with(jobs_dir=tmp_path / "jobs", **options)
    with TestClient(build_app(settings, recogniser)) as first:
        job = send(first, [clip.read_bytes()], webhook_url=receiver.url).json()
        assert receiver.arrived.acquire(timeout=10)
    with TestClient(build_app(settings, recogniser)) as second:
        assert told_of(second, job, "delivered")["attempts"] == 2
    assert len(receiver.got) == 2


def test_nobody_is_told_of_a_cancelled_job(service, recogniser, receiver, clip: Path) -> None:
    held = Held(recogniser)
    client = service(held, **OPTIONS)
    job = send(client, [clip.read_bytes()], webhook_url=receiver.url).json()
    assert held.begun.acquire(timeout=10)
    client.delete(f"/jobs/{job['id']}")
    held.go.release()
    assert not receiver.arrived.acquire(timeout=0.5)


@pytest.mark.parametrize(
    ("options", "url", "kind"),
    [
        ({}, "http://93.184.216.34/", "webhook-not-configured"),
        ({"jobs_webhook_secret": SECRET}, "http://127.0.0.1:9/", "webhook-refused"),
        ({"jobs_webhook_secret": SECRET}, "http://[::ffff:10.0.0.1]/", "webhook-refused"),
        ({"jobs_webhook_secret": SECRET}, "gopher://93.184.216.34/", "webhook-refused"),
    ],
)
def test_webhooks_that_may_not_be_are_refused(service, clip, tmp_path, options, url, kind) -> None:
    refused = send(service(**options), [clip.read_bytes()], webhook_url=url)
    assert (refused.status_code, refused.json()["type"]) == (422, f"urn:ovoz:problem:{kind}")
    assert not list((tmp_path / "jobs").glob("*/*/*"))


@given(st.integers(1, 10_000), st.floats(0.01, 100))
def test_pauses_grow_up_to_an_hour(attempts: int, first_s: float) -> None:
    pause = min(3600.0, first_s * 2.0 ** min(attempts - 1, 32))
    assert min(pause * 0.8, 3600) <= pause_s(attempts, first_s) <= min(pause * 1.2, 3600)


@pytest.mark.parametrize("status", [400, 404, 410, 422])
def test_refusal_is_final(service, receiver: Receiver, clip: Path, status: int) -> None:
    receiver.statuses = [status]
    client = service(**OPTIONS)
    job = send(client, [clip.read_bytes()], webhook_url=receiver.url).json()
    told = told_of(client, job, "given_up")
    assert (told["attempts"], told["outcome"], len(receiver.got)) == (1, f"HTTP {status}", 1)


def test_receiver_that_hangs_delays_no_other(service, receiver, clip: Path) -> None:
    with socket.create_server(("127.0.0.1", 0), backlog=64) as hanging:
        client = service(**OPTIONS | {"jobs_webhook_timeout_s": 60.0})
        stuck = f"http://127.0.0.1:{hanging.getsockname()[1]}/"
        waiting = [send(client, [clip.read_bytes()], webhook_url=stuck).json() for _ in range(12)]
        for job in waiting:
            finished(client, job)
        job = send(client, [clip.read_bytes()], webhook_url=receiver.url).json()
        assert told_of(client, job, "delivered")["attempts"] == 1
        tried = [client.get(f"/jobs/{one['id']}").json()["webhook"]["attempts"] for one in waiting]
        assert sum(tried) == 2  # its lane
        client.app.state.service.jobs.current.webhooks._courier._client = _Closed()
        for task in list(client.app.state.service.jobs.current.webhooks._sending):
            task.get_loop().call_soon_threadsafe(task.cancel)


class _Closed:
    """A client that sends nothing."""

    async def aclose(self) -> None:
        """Nothing to close."""


def test_receiver_says_when_to_come_back() -> None:
    answer = httpx.Response(429, headers={"retry-after": "77"})
    assert _understood(answer) == Try(Reception.AGAIN, "HTTP 429", 77.0)
    for odd in ("-1", "²", "Fri, 31 Dec 1999 23:59:59 GMT", "1e9"):
        assert (
            _understood(httpx.Response(503, headers={"retry-after": odd.encode()})).retry_after_s
            == 0
        )


def test_two_secrets_sign_while_one_replaces_the_other(service, receiver, clip: Path) -> None:
    client = service(**OPTIONS, jobs_webhook_old_secret="the one before")
    job = send(client, [clip.read_bytes()], webhook_url=receiver.url).json()
    told_of(client, job, "delivered")
    ((headers, body),) = receiver.got
    for secret in (SECRET, "the one before"):
        lower = {name.lower(): value for name, value in headers.items()}
        assert Webhook(secret.encode()).verify(body, lower)["id"] == job["id"]


def test_private_authority_is_trusted_by_configuration(service, clip: Path, tmp_path: Path) -> None:
    authority, chain = certificates(tmp_path)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(chain)
    got = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            got.append(self.rfile.read(int(self.headers["content-length"])))
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    url = f"https://localhost:{server.server_port}/"
    stranger = service(**OPTIONS, jobs_webhook_tries=1, jobs_dir=tmp_path / "other")
    refused = send(stranger, [clip.read_bytes()], webhook_url=url).json()
    assert told_of(stranger, refused, "given_up")["outcome"] == "ConnectError"
    client = service(**OPTIONS, jobs_webhook_ca_file=authority)
    job = send(client, [clip.read_bytes()], webhook_url=url).json()
    assert told_of(client, job, "delivered")["outcome"] == "HTTP 204"
    assert len(got) == 1
    server.shutdown()
    server.server_close()


def test_file_without_certificates_stops_the_start(tmp_path: Path, monkeypatch) -> None:
    (tmp_path / "ca.pem").write_text("none")
    monkeypatch.setenv("OVOZ_JOBS_WEBHOOK_CA_FILE", str(tmp_path / "ca.pem"))
    with pytest.raises(StartError, match=r"OVOZ_JOBS_WEBHOOK_CA_FILE.*PEM"):
        read_settings()


def test_slow_names_of_one_caller_close_jobs_for_nobody_else(
    service, clip: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(resolver, "LOOKUP_S", 0.2)
    monkeypatch.setattr(resolver.Resolver.__init__, "__defaults__", (0.2,))
    go = threading.Event()
    look_up = socket.getaddrinfo

    def slow(host: str, *args: object, **kwargs: object) -> object:
        if str(host).endswith("slow.example"):
            go.wait(60)
            raise socket.gaierror
        return look_up(host, *args, **kwargs)

    monkeypatch.setattr(targets.socket, "getaddrinfo", slow)
    client = service(**OPTIONS)

    def ask(place: int) -> httpx.Response:
        url, mine = f"http://{place}.slow.example/", {"x-caller": "boris"}
        return send(client, [clip.read_bytes()], webhook_url=url, headers=mine)

    with ThreadPoolExecutor(24) as threads:
        answers = list(threads.map(ask, range(24)))
    assert {answer.status_code for answer in answers} == {503}
    assert answers[0].json()["type"] == "urn:ovoz:problem:webhook-unresolved"
    assert answers[0].headers["retry-after"] == "10"
    other = send(client, [clip.read_bytes()], webhook_url="http://127.0.0.1:9/")
    assert other.status_code == 202
    go.set()


def certificates(folder: Path) -> tuple[Path, Path]:
    """A private authority, and a key with its certificate for ``localhost``."""
    now, usual = datetime.now(UTC), ec.SECP256R1()
    keys = [ec.generate_private_key(usual) for _ in range(2)]
    names = [
        x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)]) for name in ("bank", "localhost")
    ]
    made = []
    for place in range(2):
        builder = (
            x509.CertificateBuilder()
            .subject_name(names[place])
            .issuer_name(names[0])
            .public_key(keys[place].public_key())
            .serial_number(place + 1)
            .not_valid_before(now - timedelta(days=1))
            .not_valid_after(now + timedelta(days=1))
            .add_extension(x509.BasicConstraints(ca=place == 0, path_length=None), critical=True)
            .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        )
        made.append(builder.sign(keys[0], hashes.SHA256()).public_bytes(Encoding.PEM))
    key = keys[1].private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    (folder / "ca.pem").write_bytes(made[0])
    (folder / "chain.pem").write_bytes(key + made[1])
    return folder / "ca.pem", folder / "chain.pem"
