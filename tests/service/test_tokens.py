"""Access tokens: valid ones are accepted, every forgery is refused."""

import asyncio
import json
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ed25519, rsa

from ovoz.serving.auth.api_keys import ApiKeys
from ovoz.serving.auth.caller import CALLER
from ovoz.serving.auth.tokens import Tokens, key_in_file, keys_at
from ovoz.serving.middleware.authentication import Authentication
from ovoz.serving.middleware.problem_responses import RaisedProblems
from ovoz.serving.startup.checks import StartError, checked_tokens, read_settings
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


def accepting(algorithm, key) -> Tokens:
    return Tokens(algorithm, key, audience="ovoz", issuer="https://issuer.example")


def public_pem(algorithm: str) -> bytes:
    return (
        PRIVATE[algorithm]
        .public_key()
        .public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    )


@pytest.fixture
def by_secret(tmp_path: Path) -> Tokens:
    (tmp_path / "secret").write_bytes(SECRET)
    return accepting("HS256", key_in_file(tmp_path / "secret", "HS256"))


def test_secret(by_secret: Tokens) -> None:
    caller = by_secret.caller(jwt.encode(claims(), SECRET, "HS256"))
    assert caller is not None
    assert caller.name == "jwt:bot"
    assert caller.scopes == {"transcribe"}


@pytest.mark.parametrize("algorithm", ["RS256", "EdDSA"])
def test_public_key(tmp_path: Path, algorithm) -> None:
    (tmp_path / "pem").write_bytes(public_pem(algorithm))
    tokens = accepting(algorithm, key_in_file(tmp_path / "pem", algorithm))
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
def test_claims_are_checked(by_secret: Tokens, changed) -> None:
    assert by_secret.caller(jwt.encode(claims(**changed), SECRET, "HS256")) is None


def test_forgeries(by_secret: Tokens) -> None:
    good = jwt.encode(claims(), SECRET, "HS256")
    assert by_secret.caller(jwt.encode(claims(), None, "none")) is None
    assert by_secret.caller(jwt.encode(claims(), SECRET[::-1], "HS256")) is None
    assert by_secret.caller(jwt.encode(claims(), SECRET * 2, "HS512")) is None
    for text in ("", "a.b.c", "..", good[:-4] + "AAAA", "é.é.é"):
        assert by_secret.caller(text) is None


def test_a_token_without_scopes_may_nothing(by_secret: Tokens) -> None:
    for scope in (None, "", 7, ["transcribe"]):
        caller = by_secret.caller(jwt.encode(claims(scope=scope), SECRET, "HS256"))
        assert caller is not None
        assert not caller.may("/transcribe")


@pytest.fixture
def asked() -> list[str]:
    """Requests that the key set has answered."""
    return []


@pytest.fixture
def key_set(asked: list[str]) -> Iterator[str]:
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


def test_key_set_at_a_url(key_set, asked, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    tokens = accepting("EdDSA", keys_at(key_set))

    def signed(kid: str) -> str:
        return jwt.encode(claims(), PRIVATE["EdDSA"], "EdDSA", headers={"kid": kid})

    assert tokens.caller(signed("1")) is not None
    for stranger in range(2, 30):
        assert tokens.caller(signed(str(stranger))) is None
    assert len(asked) == 2  # the set, and once more for what it lacked
    assert tokens.caller(signed("1")) is not None


def test_key_set_that_does_not_answer_refuses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    token = jwt.encode(claims(), PRIVATE["EdDSA"], "EdDSA", headers={"kid": "1"})
    assert accepting("EdDSA", keys_at("http://127.0.0.1:1/jwks")).caller(token) is None


@pytest.mark.parametrize(
    ("path", "scope", "status"),
    [("/transcribe", "transcribe", 200), ("/metrics", "transcribe", 403), ("/x", "metrics", 403)],
)
def test_scopes_decide(by_secret: Tokens, path: str, scope: str, status: int) -> None:
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
    asyncio.run(RaisedProblems(Authentication(app, ApiKeys(), by_secret))(request, None, send))
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
