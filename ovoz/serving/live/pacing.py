"""How fast the audio of a session is read: little faster than it was spoken."""

import asyncio
import time
from typing import Final

from ovoz.audio.signal import Seconds
from ovoz.serving.live.session import LiveSession
from ovoz.serving.stream_settings import StreamSettings

_HEAD_START_S: Final = 10.0
"""Audio that may come at once: what a client kept while it was away."""
_PAUSE_S: Final = 0.05


class Pacing:
    """Makes a socket wait, which its client feels as a full connection; nothing is lost."""

    def __init__(self, settings: StreamSettings) -> None:
        self._settings = settings
        self._started = time.monotonic()
        self._from_s: Seconds | None = None

    async def wait(self, session: LiveSession) -> None:
        """Return when more audio of ``session`` may be read."""
        if self._from_s is None:
            self._from_s = session.position_s
        while self._is_too_fast(session.position_s - self._from_s) or self._lags(session):
            await asyncio.sleep(_PAUSE_S)

    def _is_too_fast(self, read_s: Seconds) -> bool:
        speed = self._settings.max_speed
        allowed_s = _HEAD_START_S + (time.monotonic() - self._started) * speed
        return bool(speed) and read_s > allowed_s

    def _lags(self, session: LiveSession) -> bool:
        return session.fault is None and session.waiting_s > self._settings.max_lag_s
