"""A server of a service, and the proxy before it.

A server listens on ``port``; the service reaches it through a proxy on ``line.port``, which stops,
slows, cuts, or loses what it carries. What no proxy can do, the server does itself: it is frozen,
full, read-only, has another password, or comes back empty. ``heal`` undoes all of it.
"""

import signal
import subprocess
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

import psutil
import psycopg
import redis

from tests.service.line import Line

PASSWORD: Final = "right"
_START_S: Final = 60.0

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


class ServerProcess:
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


def wait_until(holds: Callable[[], object]) -> None:
    """Ask again and again until the answer is no error, and not False.

    Raises:
        TimeoutError: a minute is over.
    """
    deadline = time.monotonic() + _START_S
    while True:
        with suppress(OSError, redis.RedisError, psycopg.Error, subprocess.SubprocessError):
            if holds() is not False:
                return
        if time.monotonic() > deadline:
            raise TimeoutError("a server did not start")
        time.sleep(0.1)
