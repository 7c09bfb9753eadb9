"""Servers of HTTP: the issuer of keys, and the receiver of webhooks."""

import json
import threading
import time
from collections import Counter
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import jwt
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from jwt.algorithms import OKPAlgorithm

from benchmarks.faults.server import Fault, Server


class HttpServer(Server):
    """A server of HTTP, which answers ``status`` where that is not None."""

    def __init__(self) -> None:
        self.status: int | None = None
        outer = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                self._answer(outer.document())

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                if outer.status is None:
                    outer.take(body)
                self._answer(b"{}")

            def _answer(self, content: bytes) -> None:
                self.send_response(outer.status or 200)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            def log_message(self, *_: object) -> None:
                """Nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.port = self._server.server_port
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        super().__init__()

    @property
    def url(self) -> str:
        """For the service."""
        return f"http://127.0.0.1:{self.line.port}/"

    def document(self) -> bytes:
        """What a GET is answered."""
        return b"{}"

    def take(self, body: bytes) -> None:
        """What a POST brought."""

    def heal(self) -> None:
        """As :meth:`Server.heal`."""
        super().heal()
        self.status = None

    def end(self) -> None:
        """As :meth:`Server.end`."""
        super().end()
        self._server.shutdown()

    def _fail(self, status: int) -> Fault:
        def fail() -> None:
            self.status = status

        return fail


class KeyServer(HttpServer):
    """The issuer of tokens; ``token(new=True)`` is signed with a key that nobody has seen."""

    name = "JWKS"

    def __init__(self, _folder: Path) -> None:
        self._keys: dict[str, Ed25519PrivateKey] = {"first": Ed25519PrivateKey.generate()}
        self._empty = False
        super().__init__()
        self.faults = {
            "full": self._fail(507),
            "wrong password": self._fail(403),
            "restarted empty": lambda: setattr(self, "_empty", True),
        }

    def document(self) -> bytes:
        """The key set."""
        keys = []
        for name, key in self._keys.items():
            told = OKPAlgorithm.to_jwk(key.public_key(), as_dict=True)
            keys.append(told | {"kid": name, "use": "sig"})
        return json.dumps({"keys": [] if self._empty else keys}).encode()

    def heal(self) -> None:
        """As :meth:`Server.heal`."""
        super().heal()
        self._empty = False

    def token(self, *, new: bool = False) -> str:
        """A token of the issuer's."""
        name = f"key-{len(self._keys)}" if new else "first"
        key = self._keys.setdefault(name, Ed25519PrivateKey.generate())
        now = int(time.time())
        claims = {"sub": "caller", "iss": "issuer", "aud": "ovoz", "exp": now + 3600}
        scopes = "transcribe feedback metrics"
        return jwt.encode(claims | {"scope": scopes}, key, "EdDSA", headers={"kid": name})


class ReceiverServer(HttpServer):
    """The receiver of webhooks; ``told`` counts them by job."""

    name = "webhook receiver"

    def __init__(self, _folder: Path) -> None:
        self.told: Counter[str] = Counter()
        super().__init__()
        self.faults = {
            "full": self._fail(507),
            "read-only": self._fail(503),
            "wrong password": self._fail(429),
        }

    def take(self, body: bytes) -> None:
        """Count it."""
        self.told[json.loads(body)["id"]] += 1
