"""Access tokens: valid ones are accepted, every forgery is refused."""

import asyncio
import base64
import contextlib
import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from hypothesis import given
from hypothesis import strategies as st

from ovoz.serving.auth import key_set
from ovoz.serving.auth.api_keys import ApiKeys
from ovoz.serving.auth.caller import CALLER, Caller
from ovoz.serving.auth.key_set import KeySet
from ovoz.serving.auth.tokens import FileKey, Tokens, name_of_subject
from ovoz.serving.middleware.authentication import Authentication
from ovoz.serving.middleware.problem_responses import RaisedProblems
from ovoz.serving.problems import ProblemError
from ovoz.serving.startup.checks import StartError, checked_tokens, read_settings
from tests.service.over_http import served_api
from tests.service.settings import settings_with

SECRET = b"0123456789abcdef0123456789abcdef"
PRIVATE = {
    "RS256": rsa.generate_private_key(public_exponent=65537, key_size=2048),
    "EdDSA": ed25519.Ed25519PrivateKey.generate(),
}


def claims(**changed) -> dict:
    good = {
        "sub": "bot",
        "aud": "ovoz",
        "iss": "https://issuer.example",
        "exp": time.time() + 300,
        "scope": "transcribe email",
    }
    return {name: value for name, value in (good | changed).items() if value is not None}


class Accepting:
    """The tokens of one issuer, each asked about in an event loop."""

    def __init__(self, algorithm, keys) -> None:
        self.tokens = Tokens(algorithm, keys, audience="ovoz", issuer="https://issuer.example")

    def caller(self, token: str) -> Caller | None:
        return asyncio.run(self.tokens.caller(token))


accepting = Accepting


def public_pem(algorithm: str) -> bytes:
    return (
        PRIVATE[algorithm]
        .public_key()
        .public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    )


@pytest.fixture
def by_secret(tmp_path: Path) -> Accepting:
    (tmp_path / "secret").write_bytes(SECRET)
    return accepting("HS256", FileKey(tmp_path / "secret", "HS256"))


def test_secret(by_secret: Accepting) -> None:
    caller = by_secret.caller(jwt.encode(claims(), SECRET, "HS256"))
    assert caller is not None
    assert caller.name == "jwt:bot"
    assert caller.scopes == {"transcribe"}


@pytest.mark.parametrize("algorithm", ["RS256", "EdDSA"])
def test_public_key(tmp_path: Path, algorithm) -> None:
    (tmp_path / "pem").write_bytes(public_pem(algorithm))
    tokens = accepting(algorithm, FileKey(tmp_path / "pem", algorithm))
    assert tokens.caller(jwt.encode(claims(), PRIVATE[algorithm], algorithm)) is not None
    other = "EdDSA" if algorithm == "RS256" else "RS256"
    assert tokens.caller(jwt.encode(claims(), PRIVATE[other], other)) is None
    assert tokens.caller(jwt.encode(claims(), SECRET, "HS256")) is None


@pytest.mark.parametrize(
    "changed",
    [
        {"exp": 1},
        {"exp": None},
        {"aud": "other"},
        {"aud": None},
        {"iss": "https://evil.example"},
        {"iss": None},
        {"sub": None},
        {"nbf": 1e11},
    ],
)
def test_claims_are_checked(by_secret: Accepting, changed) -> None:
    assert by_secret.caller(jwt.encode(claims(**changed), SECRET, "HS256")) is None


def test_forgeries(by_secret: Accepting) -> None:
    good = jwt.encode(claims(), SECRET, "HS256")
    assert by_secret.caller(jwt.encode(claims(), None, "none")) is None
    assert by_secret.caller(jwt.encode(claims(), SECRET[::-1], "HS256")) is None
    assert by_secret.caller(jwt.encode(claims(), SECRET * 2, "HS512")) is None
    for text in ("", "a.b.c", "..", good[:-4] + "AAAA", "é.é.é"):
        assert by_secret.caller(text) is None


def test_a_token_without_scopes_may_nothing(by_secret: Accepting) -> None:
    for scope in (None, "", 7, ["transcribe"]):
        caller = by_secret.caller(jwt.encode(claims(scope=scope), SECRET, "HS256"))
        assert caller is not None
        assert not caller.may("/transcribe")


@pytest.fixture
def asked() -> list[str]:
    """Requests that the key set has answered."""
    return []


@pytest.fixture
def key_set_url(asked: list[str]) -> Iterator[str]:
    jwk = json.loads(jwt.algorithms.OKPAlgorithm.to_jwk(PRIVATE["EdDSA"].public_key()))
    body = json.dumps({"keys": [jwk | {"kid": "1", "alg": "EdDSA", "use": "sig"}]}).encode()

    class Answer(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_told) -> None:
            asked.append(self.path)

    server = HTTPServer(("127.0.0.1", 0), Answer)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/jwks"
    server.shutdown()
    server.server_close()


def test_key_set_at_a_url(key_set_url, asked, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    tokens = accepting("EdDSA", KeySet(key_set_url, "EdDSA"))

    def signed(kid: str) -> str:
        return jwt.encode(claims(), PRIVATE["EdDSA"], "EdDSA", headers={"kid": kid})

    assert tokens.caller(signed("1")) is not None
    for stranger in range(2, 30):
        assert tokens.caller(signed(str(stranger))) is None
    assert len(asked) == 2  # the set, and once more for what it lacked
    assert tokens.caller(signed("1")) is not None


def test_key_set_that_does_not_answer_is_no_refusal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    token = jwt.encode(claims(), PRIVATE["EdDSA"], "EdDSA", headers={"kid": "1"})
    with pytest.raises(ProblemError) as told:
        accepting("EdDSA", KeySet("http://127.0.0.1:1/jwks", "EdDSA")).caller(token)
    assert (told.value.status_code, told.value.kind) == (503, "keys-unavailable")


def served_by(answer: Callable[[socket.socket], None]) -> Iterator[str]:
    """A key set's URL whose connections ``answer`` is given, and how many it was given."""
    server = socket.create_server(("127.0.0.1", 0))

    def accept() -> None:
        with contextlib.suppress(OSError):
            while True:
                connection, _ = server.accept()
                threading.Thread(target=answer, args=[connection], daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()
    yield f"http://127.0.0.1:{server.getsockname()[1]}/jwks"
    server.close()


def key_set_answer(*keys: dict) -> bytes:
    body = json.dumps({"keys": keys}).encode()
    return b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: %d\r\n\r\n" % len(body) + body


def as_jwk(private, **named: str) -> dict:
    kind = jwt.algorithms.OKPAlgorithm
    if isinstance(private, rsa.RSAPrivateKey):
        kind = jwt.algorithms.RSAAlgorithm
    elif isinstance(private, ec.EllipticCurvePrivateKey):
        kind = jwt.algorithms.ECAlgorithm
    return json.loads(kind.to_jwk(private.public_key())) | named


class Issuer:
    """A key set whose answer and patience a test changes."""

    def __init__(self) -> None:
        self.content = b""
        self.drips = False
        self.asked = 0

    def __call__(self, connection: socket.socket) -> None:
        self.asked += 1
        with connection, contextlib.suppress(OSError):
            connection.recv(4096)
            if not self.drips:
                connection.sendall(self.content)
                return
            for byte in self.content:
                connection.sendall(bytes([byte]))
                time.sleep(0.2)


@pytest.fixture
def issuer(monkeypatch: pytest.MonkeyPatch) -> Iterator[Issuer]:
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    answering = Issuer()
    urls = served_by(answering)
    answering.url = next(urls)
    yield answering
    urls.close()


def test_a_key_of_another_kind_refuses(issuer: Issuer) -> None:
    """PyJWT raises TypeError for it, which left the middleware and hung the caller."""
    other = ec.generate_private_key(ec.SECP256R1())
    issuer.content = key_set_answer(as_jwk(other, kid="ec"), as_jwk(PRIVATE["RS256"], kid="rsa"))
    tokens = accepting("RS256", KeySet(issuer.url, "RS256"))
    header = {"alg": "RS256", "kid": "ec", "typ": "JWT"}
    parts = [json.dumps(part).encode() for part in (header, claims())]
    unsigned = ".".join(base64.urlsafe_b64encode(part).decode().rstrip("=") for part in parts)
    assert tokens.caller(unsigned + ".AAAA") is None
    good = jwt.encode(claims(), PRIVATE["RS256"], "RS256", headers={"kid": "rsa"})
    assert tokens.caller(good) is not None


@pytest.mark.parametrize("headers", [None, {"kid": "any"}])
def test_a_set_of_one_key_needs_no_name(issuer: Issuer, headers) -> None:
    issuer.content = key_set_answer(as_jwk(PRIVATE["EdDSA"]))
    token = jwt.encode(claims(), PRIVATE["EdDSA"], "EdDSA", headers=headers)
    assert accepting("EdDSA", KeySet(issuer.url, "EdDSA")).caller(token) is not None


def test_a_dripping_endpoint_is_left_by_all_at_once(issuer: Issuer, monkeypatch) -> None:
    monkeypatch.setattr(key_set, "_DEADLINE_S", 0.5)
    issuer.content = key_set_answer(as_jwk(PRIVATE["EdDSA"], kid="1"))
    issuer.drips = True
    tokens = accepting("EdDSA", KeySet(issuer.url, "EdDSA")).tokens
    token = jwt.encode(claims(), PRIVATE["EdDSA"], "EdDSA", headers={"kid": "1"})

    async def scenario() -> list:
        asked = (tokens.caller(token) for _ in range(100))
        return await asyncio.wait_for(asyncio.gather(*asked, return_exceptions=True), 20)

    told = asyncio.run(scenario())
    assert {one.status_code for one in told} == {503}
    assert issuer.asked == 1


def test_known_keys_outlive_their_endpoint(issuer: Issuer, monkeypatch) -> None:
    issuer.content = key_set_answer(as_jwk(PRIVATE["EdDSA"], kid="1"))
    tokens = accepting("EdDSA", KeySet(issuer.url, "EdDSA")).tokens
    token = jwt.encode(claims(), PRIVATE["EdDSA"], "EdDSA", headers={"kid": "1"})

    async def scenario() -> None:
        assert await tokens.caller(token) is not None
        issuer.content = b""  # a connection reset, as it were
        monkeypatch.setattr(key_set, "_FRESH_S", 0.0)
        monkeypatch.setattr(key_set, "_AGAIN_S", 0.0)
        for _ in range(20):
            assert await tokens.caller(token) is not None
            await asyncio.sleep(0.01)
        assert issuer.asked > 1
        monkeypatch.setattr(key_set, "_STALE_S", 0.0)
        with pytest.raises(ProblemError, match="keys"):
            await tokens.caller(token)

    asyncio.run(scenario())


def test_a_new_key_is_found_in_a_flood_of_unknown_ones(issuer: Issuer, monkeypatch) -> None:
    monkeypatch.setattr(key_set, "_AGAIN_S", 0.2)
    old, new = (as_jwk(PRIVATE["EdDSA"], kid=kid) for kid in ("1", "new"))
    issuer.content = key_set_answer(old)
    tokens = accepting("EdDSA", KeySet(issuer.url, "EdDSA")).tokens

    def signed(kid: str) -> str:
        return jwt.encode(claims(), PRIVATE["EdDSA"], "EdDSA", headers={"kid": kid})

    async def scenario() -> None:
        assert await tokens.caller(signed("1")) is not None
        issuer.content = key_set_answer(old, new)
        for stranger in range(10_000):
            assert await tokens.caller(signed(f"stranger {stranger}")) is None
            if await tokens.caller(signed("new")) is not None:
                return
        raise AssertionError("it is never found")

    asyncio.run(scenario())


@given(st.lists(st.text(max_size=300), min_size=2, max_size=2, unique=True))
def test_two_subjects_are_two_callers(subjects: list[str]) -> None:
    names = set()
    for subject in subjects:
        try:
            names.add(name_of_subject(subject))
        except ValueError:
            assert not subject or not subject.isprintable()
            names.add(subject + "is refused")
    assert len(names) == 2
    assert all(len(name) <= 160 for name in names if name.startswith("jwt"))


def test_a_long_common_prefix_does_not_make_one_caller(by_secret: Accepting) -> None:
    prefix = "https://issuer.example/accounts/" + "a" * 200
    one, other = (
        by_secret.caller(jwt.encode(claims(sub=prefix + end), SECRET, "HS256")) for end in "xy"
    )
    assert one is not None
    assert other is not None
    assert one.name != other.name
    hashed = one.name.removeprefix("jwt-sha256:")
    imitation = by_secret.caller(jwt.encode(claims(sub="sha256:" + hashed), SECRET, "HS256"))
    assert imitation is not None
    assert imitation.name != one.name


@pytest.mark.parametrize("subject", ["", "a\0b", "a\ud800", "a\nb"])
def test_subjects_that_cannot_be_stored_are_refused(by_secret: Accepting, subject: str) -> None:
    assert by_secret.caller(jwt.encode(claims(sub=subject), SECRET, "HS256")) is None


@pytest.mark.parametrize(
    ("path", "scope", "status"),
    [("/transcribe", "transcribe", 200), ("/metrics", "transcribe", 403), ("/x", "metrics", 403)],
)
def test_scopes_decide(by_secret: Accepting, path: str, scope: str, status: int) -> None:
    sent: list[dict] = []

    async def app(scope, receive, send) -> None:
        assert scope[CALLER].name == "jwt:bot"
        await send({"type": "http.response.start", "status": 200})

    async def send(message) -> None:
        sent.append(message)

    token = jwt.encode(claims(scope=scope), SECRET, "HS256")
    request = {
        "type": "http",
        "path": path,
        "server": ("10.0.0.1", 80),
        "headers": [(b"authorization", f"Bearer {token}".encode())],
    }
    guarded = RaisedProblems(Authentication(app, ApiKeys(), by_secret.tokens))
    asyncio.run(guarded(request, None, send))
    assert sent[0]["status"] == status


def test_what_is_missing_stops_the_start(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "secret").write_bytes(SECRET[:8])
    whole = {"jwt_algorithm": "HS256", "jwt_audience": "ovoz", "jwt_issuer": "i"}
    assert checked_tokens(settings_with().tokens) is None
    for settings, told in (
        ({"jwt_algorithm": "HS256"}, "OVOZ_JWT_AUDIENCE"),
        (whole, "OVOZ_JWT_KEY_FILE"),
        (whole | {"jwt_jwks_url": "https://issuer.example"}, "HS256 has a secret"),
        (whole | {"jwt_key_file": tmp_path / "secret"}, "32 bytes"),
        (whole | {"jwt_key_file": tmp_path / "none"}, "no key for HS256"),
    ):
        with monkeypatch.context() as environment, pytest.raises(StartError, match=told):
            for name, value in settings.items():
                environment.setenv(f"OVOZ_{name.upper()}", str(value))
            checked_tokens(read_settings().tokens)


def test_health_tells_of_the_issuer(issuer: Issuer) -> None:
    issuer.content = key_set_answer(as_jwk(PRIVATE["RS256"], kid="1"))
    settings = settings_with(
        jwt_jwks_url=issuer.url, jwt_algorithm="RS256", jwt_audience="ovoz", jwt_issuer="issuer"
    )
    with served_api(settings, None) as client:
        told = client.get("/health").json()["checks"]["keys"]
        assert (told["ok"], told["answered_s_ago"]) == (True, None)
        token = jwt.encode(claims(), PRIVATE["RS256"], "RS256", headers={"kid": "1"})
        client.get("/v1/version", headers={"Authorization": f"Bearer {token}"})
        assert client.get("/health").json()["checks"]["keys"]["answered_s_ago"] >= 0
