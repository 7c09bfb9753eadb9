"""Redis without persistence: limits, results, and transcripts for feedback."""

import signal
from contextlib import suppress
from pathlib import Path

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from benchmarks.faults.server import PASSWORD, Server, ServerProcess, wait_until
from ovoz.serving.auth.network import free_port


class RedisServer(Server):
    """Redis without persistence: limits, results and transcripts for feedback."""

    name = "Redis"

    def __init__(self, folder: Path) -> None:
        self.port = free_port()
        command = ["redis-server", "--port", str(self.port), "--save", "", "--requirepass"]
        self._process = ServerProcess([*command, PASSWORD], folder)
        self._admin = self._connected(PASSWORD)
        wait_until(self._admin.ping)
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
