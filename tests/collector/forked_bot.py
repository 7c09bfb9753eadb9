"""The bot as a forked process: it starts in a fraction of a second, and is killed as any other."""

import asyncio
import multiprocessing
import os
from collections.abc import Mapping
from multiprocessing.connection import Connection
from pathlib import Path
from typing import TYPE_CHECKING

from collector.bot.app import run
from collector.settings import CollectorSettings

if TYPE_CHECKING:
    from multiprocessing.process import BaseProcess

_CONTEXT = multiprocessing.get_context("forkserver")
# Installed packages alone: the process that is forked does not know the path of this one.
_CONTEXT.set_forkserver_preload(["pytest", "collector.bot.app", "ovoz.audio.vad"])
_STARTING_S = 60


class ForkedBot:
    """What ``python -m collector run`` runs, in a folder."""

    def __init__(self, folder: Path, variables: Mapping[str, str]) -> None:
        self._folder = folder
        self._variables = variables
        self._process: BaseProcess | None = None

    async def start(self) -> None:
        """Start, and wait until it runs.

        Raises:
            RuntimeError: It did not start.
        """
        ours, theirs = _CONTEXT.Pipe(duplex=False)
        self._process = _CONTEXT.Process(target=_run, args=(self._folder, self._variables, theirs))
        self._process.start()
        theirs.close()
        if not await asyncio.to_thread(ours.poll, _STARTING_S):
            raise RuntimeError("the bot did not start")
        ours.close()

    def kill(self) -> None:
        """SIGKILL: nothing is finished or written any more."""
        if self._process is not None:
            self._process.kill()
            self._process.join()


def _run(folder: Path, variables: Mapping[str, str], ready: Connection) -> None:
    os.chdir(folder)
    os.environ.update(variables)
    asyncio.run(run(CollectorSettings(), lambda: ready.send_bytes(b"ready")))
