"""Keys and the refusal of networks, without a server."""

import asyncio
import hashlib
from pathlib import Path

import pytest

from ovoz.serving.auth.api_keys import ApiKeys
from ovoz.serving.middleware.authentication import Authentication
from ovoz.serving.middleware.problem_responses import RaisedProblems


def digest(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()


def status(keys: ApiKeys, *, host: str = "127.0.0.1", path: str = "/transcribe", **headers) -> int:
    """Status of one request through the middleware; 200 when it is let through."""
    sent: list[dict] = []

    async def app(scope, receive, send) -> None:
        await send({"type": "http.response.start", "status": 200})

    async def send(message) -> None:
        sent.append(message)

    async def receive() -> dict:
        return {"type": "http.request", "body": b"", "more_body": False}

    raw = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    scope = {"type": "http", "path": path, "server": (host, 80), "headers": raw}
    asyncio.run(RaisedProblems(Authentication(app, keys))(scope, receive, send))
    return sent[0]["status"]


KEYS = ApiKeys(frozenset({digest("secret")}))
NONE = ApiKeys(frozenset())


def test_key_by_either_header() -> None:
    assert status(KEYS, x_api_key="secret") == 200
    assert status(KEYS, authorization="Bearer secret") == 200
    assert status(KEYS, host="10.0.0.1", authorization="bearer secret") == 200


@pytest.mark.parametrize("blank", [" ", "\t", " \t "])
def test_blanks_around_a_key_do_not_count(blank: str) -> None:
    assert status(KEYS, x_api_key=f"secret{blank}") == 200
    assert status(KEYS, x_api_key=f"{blank}secret") == 200
    assert status(KEYS, authorization=f"Bearer {blank}secret{blank}") == 200
    assert status(KEYS, x_api_key=f"sec{blank}ret") == 401


@pytest.mark.parametrize("headers", [{}, {"x_api_key": "wrong"}, {"authorization": "Basic secret"}])
def test_wrong_or_no_key(headers) -> None:
    assert status(KEYS, **headers) == 401


def test_without_keys_only_loopback_is_served() -> None:
    assert status(NONE) == 200
    assert status(NONE, host="::1") == 200
    assert status(NONE, host="localhost") == 200
    assert status(NONE, host="192.168.1.5") == 403


def test_socket_file_is_not_taken_for_loopback() -> None:
    assert status(NONE, host="/run/service.sock") == 403
    assert status(NONE, host="") == 403


@pytest.mark.parametrize(("offered", "opened"), [("secret", True), ("wrong", False)])
def test_websocket_needs_a_key_too(offered: str, opened: bool) -> None:
    sent: list[dict] = []
    reached: list[str] = []

    async def app(scope, receive, send) -> None:
        reached.append(scope["type"])

    async def send(message) -> None:
        sent.append(message)

    async def receive() -> dict:
        return {"type": "websocket.connect"}

    headers = [(b"x-api-key", offered.encode())]
    scope = {"type": "websocket", "path": "/ws", "server": ("127.0.0.1", 80), "headers": headers}
    asyncio.run(RaisedProblems(Authentication(app, KEYS))(scope, receive, send))
    assert bool(reached) is opened
    refused = {"type": "websocket.close", "code": 1008, "reason": "not-authenticated"}
    assert sent == ([] if opened else [{"type": "websocket.accept"}, refused])


def test_probes_need_no_key() -> None:
    assert status(KEYS, path="/readyz") == 200
    assert status(KEYS, path="/health") == 200


def test_key_file(tmp_path: Path) -> None:
    path = tmp_path / "keys"
    path.write_text(f"# call centre\n{digest('secret')}\n\n", "utf-8")
    assert ApiKeys.configured("", path).caller("secret") is not None
    assert not ApiKeys.configured()
    path.write_text("secret\n", "utf-8")
    with pytest.raises(ValueError, match="key 1 is no SHA-256"):
        ApiKeys.configured("", path)
    path.write_text("# none yet\n", "utf-8")
    with pytest.raises(ValueError, match="holds no key"):
        ApiKeys.configured("", path)
    with pytest.raises(ValueError, match="no readable file"):
        ApiKeys.configured("", tmp_path / "none")
