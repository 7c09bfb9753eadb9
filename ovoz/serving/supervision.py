"""Work that goes on for as long as the process: started again when it ends by itself."""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Final

from ovoz.audio.signal import Seconds
from ovoz.serving.telemetry import metrics

_FIRST_PAUSE_S: Final = 0.5
_LONGEST_PAUSE_S: Final = 30.0
_LOG: Final = logging.getLogger(__name__)


def is_cancelled() -> bool:
    """Whether somebody cancels the running task; a library may raise CancelledError by itself."""
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0


class Supervised:
    """Work with a name that runs until it is stopped, and whose last success is known.

    Args:
        name: for the log and the figures.
        work: returns when it is stopped; whatever else ends it is a fault.
        stopped: set when it should end.
    """

    def __init__(
        self, name: str, work: Callable[[], Awaitable[None]], stopped: asyncio.Event
    ) -> None:
        self._name = name
        self._work = work
        self._stopped = stopped

    def start(self) -> "asyncio.Task[None]":
        """The task that runs it."""
        return asyncio.create_task(self._run(), name=f"ovoz-{self._name}")

    async def _run(self) -> None:
        pause_s = _FIRST_PAUSE_S
        while not self._stopped.is_set():
            started = time.monotonic()
            try:
                await self._work()
                why = "it returned"
            except asyncio.CancelledError:
                if is_cancelled():
                    raise
                why = "CancelledError"
            except Exception as error:
                why = type(error).__name__
                _LOG.exception("%s failed", self._name)
            if self._stopped.is_set():
                return
            metrics.RESTARTS.labels(self._name).inc()
            _LOG.error("%s ended (%s) and is started again", self._name, why)
            long_lived = time.monotonic() - started > _LONGEST_PAUSE_S
            pause_s = _FIRST_PAUSE_S if long_lived else min(2 * pause_s, _LONGEST_PAUSE_S)
            with suppress(TimeoutError):
                await asyncio.wait_for(self._stopped.wait(), pause_s)


class Heartbeat:
    """When something repeated succeeded last."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._last = time.monotonic()

    def beat(self) -> None:
        """It succeeded now."""
        self._last = time.monotonic()
        metrics.LAST_SUCCESS.labels(self._name).set(time.time())

    @property
    def age_s(self) -> Seconds:
        """Seconds since the last success, or since it was made."""
        return time.monotonic() - self._last
