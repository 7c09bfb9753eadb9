"""A cluster of PostgreSQL of its own: the jobs."""

import os
import shutil
import signal
import subprocess
from contextlib import suppress
from pathlib import Path
from typing import Any

import psycopg

from benchmarks.faults.server import PASSWORD, Server, ServerProcess, wait_until
from ovoz.serving.auth.network import free_port


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
        self._process = ServerProcess([*command, *limits], folder, **options)
        wait_until(lambda: self._run("SELECT 1"))
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
