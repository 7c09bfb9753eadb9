"""Work that goes on for as long as the process: started again when it ends."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Final

from collector.bot import metrics

_FIRST_PAUSE_S: Final = 0.5
_LONGEST_PAUSE_S: Final = 30.0
_LOG: Final = logging.getLogger(__name__)


async def keep_running(name: str, work: Callable[[], Awaitable[None]]) -> None:
    """Run ``work`` until cancelled; a fault is logged, counted, and followed by another start."""
    pause_s = _FIRST_PAUSE_S
    loop = asyncio.get_running_loop()
    while True:
        began = loop.time()
        try:
            await work()
        except Exception as error:
            _LOG.exception("work failed", extra={"work": name, "error": type(error).__name__})
        metrics.RESTARTS.labels(name).inc()
        long_lived = loop.time() - began > _LONGEST_PAUSE_S
        pause_s = _FIRST_PAUSE_S if long_lived else min(2 * pause_s, _LONGEST_PAUSE_S)
        await asyncio.sleep(pause_s)
