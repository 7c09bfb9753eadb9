"""The stores and receivers of a service, each a real server, and what can befall it.

A server listens on ``port``; the service reaches it through a proxy on ``line.port``, which stops,
slows, cuts, or loses what it carries. What no proxy can do, the server does itself: it is frozen,
full, read-only, has another password, or comes back empty. ``heal`` undoes all of it.
"""

import json
import os
import shutil
import signal
import socket
import subprocess
import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Final

import jwt
import psutil
import psycopg
import redis
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from jwt.algorithms import OKPAlgorithm
from redis.backoff import NoBackoff
from redis.retry import Retry

from ovoz.serving.auth.network import free_port
from tests.service.line import Line

PASSWORD: Final = "right"
_START_S: Final = 60.0
_RABBITMQ: Final = Path("/usr/lib/rabbitmq/bin")

Fault = Callable[[], object]


class Server:
    """A server behind a line; ``faults`` are those that it knows besides the line's."""

    name: str
    port: int

    def __init__(self) -> None:
        self.line = Line(self.port)
        self.faults: dict[str, Fault] = {}

    @property
    def all_faults(self) -> Mapping[str, Fault]:
        """Every fault by its name in the table, in the order of the table."""
        proxy: dict[str, Fault] = {
            "stopped": self.line.cut,
            "frozen": self.line.freeze,
            "slow 2 s": self.line.slow,
            "cut in mid-answer": self.line.cut_in_answers,
            "silently dropped": self.line.drop,
        }
        return proxy | self.faults

    def heal(self) -> None:
        """Undo all faults."""
        self.line.restore()

    def end(self) -> None:
        """Stop the server."""
        self.line.end()


class _Process:
    """A server's process, which can be frozen."""

    def __init__(self, command: list[str], folder: Path, **options: Any) -> None:
        self._options = options
        self._command, self._folder = command, folder
        self.start()

    def start(self) -> None:
        """Start it."""
        with (self._folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                self._command,
                stdout=log,
                stderr=log,
                cwd=self._folder,
                start_new_session=True,
                **self._options,
            )

    def send(self, sent: signal.Signals) -> None:
        """Send a signal to all of it; PostgreSQL's processes are in groups of their own."""
        with suppress(psutil.NoSuchProcess):
            main = psutil.Process(self._process.pid)
            for process in [main, *main.children(recursive=True)]:
                with suppress(psutil.NoSuchProcess):
                    process.send_signal(sent)

    def kill(self) -> None:
        """End it."""
        self.send(signal.SIGKILL)
        self._process.wait()


def _until(holds: Callable[[], object]) -> None:
    deadline = time.monotonic() + _START_S
    while True:
        with suppress(OSError, redis.RedisError, psycopg.Error, subprocess.SubprocessError):
            if holds() is not False:
                return
        if time.monotonic() > deadline:
            raise TimeoutError("a server did not start")
        time.sleep(0.1)


class RedisServer(Server):
    """Redis without persistence: limits, results and transcripts for feedback."""

    name = "Redis"

    def __init__(self, folder: Path) -> None:
        self.port = free_port()
        command = ["redis-server", "--port", str(self.port), "--save", "", "--requirepass"]
        self._process = _Process([*command, PASSWORD], folder)
        self._admin = self._connected(PASSWORD)
        _until(self._admin.ping)
        super().__init__()
        self.faults = {
            "frozen": lambda: self._process.send(signal.SIGSTOP),
            "full": self._fill,
            "read-only": lambda: self._admin.replicaof("127.0.0.1", "1"),
            "wrong password": self._change_password,
            "restarted empty": self._restart,
        }

    @property
    def url(self) -> str:
        """For the service."""
        return f"redis://:{PASSWORD}@127.0.0.1:{self.line.port}/0"

    def heal(self) -> None:
        """As :meth:`Server.heal`."""
        super().heal()
        self._process.send(signal.SIGCONT)
        for password in (PASSWORD, "wrong"):
            with suppress(redis.RedisError), self._connected(password) as admin:
                admin.config_set("requirepass", PASSWORD)
        self._admin.config_set("maxmemory", "0")
        self._admin.replicaof("NO", "ONE")

    def end(self) -> None:
        """As :meth:`Server.end`."""
        super().end()
        self._process.kill()

    def _connected(self, password: str) -> "redis.Redis":
        return redis.Redis(port=self.port, password=password, retry=Retry(NoBackoff(), 0))

    def _fill(self) -> None:
        self._admin.config_set("maxmemory-policy", "noeviction")
        self._admin.config_set("maxmemory", "1")

    def _change_password(self) -> None:
        self._admin.config_set("requirepass", "wrong")
        self._admin.client_kill_filter(_type="normal", skipme=True)

    def _restart(self) -> None:
        self._process.kill()
        self._process.start()


class PostgresServer(Server):
    """A cluster of its own: the jobs."""

    name = "PostgreSQL"

    def __init__(self, folder: Path) -> None:
        self.port = free_port()
        folder.mkdir(exist_ok=True)
        options: dict[str, Any] = {}
        if os.getuid() == 0:  # PostgreSQL refuses root
            options = {"user": "nobody", "group": "nogroup"}
            shutil.chown(folder, "nobody", "nogroup")
        (folder / "password").write_text(PASSWORD)
        (folder / "password").chmod(0o644)
        data = folder / "data"
        made = ["initdb", "-D", str(data), "-U", "ovoz", "--pwfile", str(folder / "password")]
        auth = ["--auth-host", "scram-sha-256", "--auth-local", "trust", "--no-sync"]
        subprocess.run([*made, *auth], check=True, cwd=folder, stdout=subprocess.DEVNULL, **options)
        self._socket = str(folder)
        command = ["postgres", "-D", str(data), "-p", str(self.port), "-k", self._socket]
        limits = ["-c", "max_connections=30", "-c", "listen_addresses=127.0.0.1"]
        self._process = _Process([*command, *limits], folder, **options)
        _until(lambda: self._run("SELECT 1"))
        self._run("CREATE DATABASE jobs")
        self._taken: list[psycopg.Connection[Any]] = []
        super().__init__()
        self.faults = {
            "frozen": lambda: self._process.send(signal.SIGSTOP),
            "full": self._take_connections,
            "read-only": lambda: self._set("default_transaction_read_only", "on"),
            "wrong password": self._change_password,
            "restarted empty": self._empty,
        }

    @property
    def url(self) -> str:
        """For the service."""
        return f"postgresql://ovoz:{PASSWORD}@127.0.0.1:{self.line.port}/jobs"

    def heal(self) -> None:
        """As :meth:`Server.heal`."""
        self._process.send(signal.SIGCONT)
        for connection in self._taken:
            connection.close()
        self._taken.clear()
        self._run(
            "SET default_transaction_read_only = off", f"ALTER ROLE ovoz PASSWORD '{PASSWORD}'"
        )
        self._set("default_transaction_read_only", "off")
        super().heal()

    def end(self) -> None:
        """As :meth:`Server.end`."""
        super().end()
        self._process.kill()

    def _run(self, *statements: str, database: str = "postgres") -> None:
        told = f"host={self._socket} port={self.port} user=ovoz dbname={database}"
        with psycopg.connect(told, autocommit=True) as connection:
            for statement in statements:
                connection.execute(statement)

    def _set(self, name: str, value: str) -> None:
        self._run(
            "SET default_transaction_read_only = off",
            f"ALTER SYSTEM SET {name} = {value}",
            "SELECT pg_reload_conf()",
        )

    def _take_connections(self) -> None:
        """All connections that there are."""
        self._drop_sessions()
        told = f"host={self._socket} port={self.port} user=ovoz dbname=jobs"
        with suppress(psycopg.OperationalError):
            while True:
                self._taken.append(psycopg.connect(told))

    def _change_password(self) -> None:
        self._run("ALTER ROLE ovoz PASSWORD 'wrong'")
        self._drop_sessions()

    def _drop_sessions(self) -> None:
        self._run("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = 'jobs'")

    def _empty(self) -> None:
        self._run("DROP DATABASE jobs WITH (FORCE)", "CREATE DATABASE jobs")


class RabbitServer(Server):
    """A node of its own: messages to workers."""

    name = "RabbitMQ"

    def __init__(self, folder: Path) -> None:
        self.port, self._folder = free_port(), folder
        (folder / "rabbitmq.conf").write_text(f"listeners.tcp.1 = 127.0.0.1:{self.port}\n")
        self._environment = os.environ | {
            "HOME": str(folder),
            "RABBITMQ_NODENAME": f"ovoz{self.port}@localhost",
            "RABBITMQ_DIST_PORT": str(free_port()),
            "RABBITMQ_MNESIA_BASE": str(folder / "data"),
            "RABBITMQ_LOG_BASE": str(folder),
            "RABBITMQ_CONFIG_FILE": str(folder / "rabbitmq.conf"),
            "RABBITMQ_ENABLED_PLUGINS_FILE": str(folder / "plugins"),
            "RABBITMQ_CONF_ENV_FILE": os.devnull,
        }
        command = [str(_RABBITMQ / "rabbitmq-server")]
        self._process = _Process(command, folder, env=self._environment)
        self._wait()
        super().__init__()
        self.faults = {
            "frozen": lambda: self._process.send(signal.SIGSTOP),
            "full": lambda: self._control("set_vm_memory_high_watermark", "0.000001"),
            "read-only": lambda: self._control("set_permissions", "guest", "", "", ".*"),
            "wrong password": self._change_password,
            "restarted empty": self._restart,
        }

    @property
    def url(self) -> str:
        """For the service."""
        return f"amqp://guest:guest@127.0.0.1:{self.line.port}/"

    def heal(self) -> None:
        """As :meth:`Server.heal`."""
        super().heal()
        self._process.send(signal.SIGCONT)
        self._wait()
        self._control("set_vm_memory_high_watermark", "0.4")
        self._control("set_permissions", "guest", ".*", ".*", ".*")
        self._control("change_password", "guest", "guest")

    def end(self) -> None:
        """As :meth:`Server.end`."""
        super().end()
        self._process.kill()

    def _wait(self) -> None:
        _until(lambda: socket.create_connection(("127.0.0.1", self.port), 1).close())
        _until(lambda: self._control("list_users"))

    def _control(self, *arguments: str) -> None:
        command = [str(_RABBITMQ / "rabbitmqctl"), "-n", self._environment["RABBITMQ_NODENAME"]]
        subprocess.run(
            [*command, *arguments],
            check=True,
            env=self._environment,
            cwd=self._folder,
            capture_output=True,
            timeout=60,
        )

    def _change_password(self) -> None:
        self._control("change_password", "guest", "other")
        self._control("close_all_connections", "changed")

    def _restart(self) -> None:
        self._process.kill()
        shutil.rmtree(self._folder / "data", ignore_errors=True)
        self._process.start()


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


SERVERS: Final[tuple[Callable[[Path], Any], ...]] = (
    RedisServer, PostgresServer, RabbitServer, KeyServer, ReceiverServer,
)  # fmt: skip
