"""A node of RabbitMQ of its own: messages to workers."""

import os
import shutil
import signal
import socket
import subprocess
from pathlib import Path
from typing import Final

from benchmarks.faults.server import Server, ServerProcess, wait_until
from ovoz.serving.auth.network import free_port

_RABBITMQ: Final = Path("/usr/lib/rabbitmq/bin")


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
        self._process = ServerProcess(command, folder, env=self._environment)
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
        wait_until(lambda: socket.create_connection(("127.0.0.1", self.port), 1).close())
        wait_until(lambda: self._control("list_users"))

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
