"""SIGTERM with sockets open: their finals are sent before the server closes them."""

import asyncio
import signal
from types import FrameType

from ovoz.serving.live.sessions import LiveSessions


def drain_on_sigterm(sessions: LiveSessions) -> None:
    """Let SIGTERM end the sessions first, and then do what it did before.

    To be called in the event loop, once the server has set its own handler: that one closes all
    sockets at once.
    """
    loop, before = asyncio.get_running_loop(), signal.getsignal(signal.SIGTERM)

    async def drain(number: int, frame: FrameType | None) -> None:
        try:
            await sessions.drain()
        finally:
            if callable(before):
                before(number, frame)

    def handle(number: int, frame: FrameType | None) -> None:
        signal.signal(signal.SIGTERM, before)  # a second signal does not wait
        loop.call_soon_threadsafe(lambda: tasks.append(loop.create_task(drain(number, frame))))

    tasks: list[asyncio.Task[None]] = []  # a task that nobody holds may be lost
    signal.signal(signal.SIGTERM, handle)
