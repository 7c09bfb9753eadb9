"""The bot as a process of its own, which can be killed at any moment and started again."""

import asyncio
import os
import signal
import sys
from pathlib import Path

import psutil

from benchmarks.collection.bot_api import TOKEN

_ROOT = Path(__file__).resolve().parents[2]


class BotProcess:
    """``python -m collector run`` in a folder."""

    def __init__(self, folder: Path, api_url: str, **settings: str) -> None:
        self._folder = folder
        self._variables = {
            "TOKEN": TOKEN,
            "API_URL": api_url,
            "LISTEN_PORT": "0",
            "POLL_S": "2",
            "MESSAGES_PER_SECOND": "2000",
            "LOG_LEVEL": "ERROR",
            **settings,
        }
        self._process: asyncio.subprocess.Process | None = None
        self.starts = 0

    @property
    def environment(self) -> dict[str, str]:
        """Variables of a process that works on the same collection."""
        ours = {f"OVOZ_COLLECTOR_{name}": value for name, value in self._variables.items()}
        return os.environ | ours | {"PYTHONPATH": str(_ROOT), "OMP_NUM_THREADS": "1"}

    async def start(self) -> None:
        """Start, and wait until it runs."""
        self._process = await self.call_in_background("run")
        assert self._process.stderr is not None
        async with asyncio.timeout(120):
            while line := await self._process.stderr.readline():
                if line.strip() == b"ready":
                    self.starts += 1
                    asyncio.create_task(self._process.stderr.read())  # noqa: RUF006
                    return
        raise RuntimeError("the bot did not start")

    async def call_in_background(self, *arguments: str) -> asyncio.subprocess.Process:
        """A command of the collector."""
        return await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "collector",
            *arguments,
            cwd=self._folder,
            env=self.environment,
            stderr=asyncio.subprocess.PIPE,
        )

    async def call(self, *arguments: str) -> None:
        """A command of the collector, to its end."""
        process = await self.call_in_background(*arguments)
        _, told = await process.communicate()
        if process.returncode:
            raise RuntimeError(told.decode())

    async def kill(self) -> None:
        """SIGKILL: nothing is finished or written any more."""
        await self._end(signal.SIGKILL)

    async def stop(self) -> None:
        """SIGTERM."""
        await self._end(signal.SIGTERM)

    def memory_mb(self) -> float:
        """Resident memory."""
        assert self._process is not None
        return float(psutil.Process(self._process.pid).memory_info().rss) / 1e6

    async def _end(self, how: signal.Signals) -> None:
        assert self._process is not None
        self._process.send_signal(how)
        await self._process.wait()
