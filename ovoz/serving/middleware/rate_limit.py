"""How much each caller may ask for: requests and seconds of audio a minute, requests at once."""

import logging
import math
import time
from collections import Counter
from typing import Final

from limits import RateLimitItem, RateLimitItemPerMinute
from limits.aio.strategies import FixedWindowRateLimiter
from limits.errors import StorageError
from limits.storage import storage_from_string
from starlette.types import ASGIApp, Receive, Scope, Send

from ovoz.serving.auth.caller import CALLER
from ovoz.serving.problems import ProblemError
from ovoz.serving.settings import MEMORY
from ovoz.serving.telemetry.usage import usage_of

_LOG: Final = logging.getLogger(__name__)
_UNITS: Final = {"requests": "requests", "audio": "seconds of audio"}


class Rates:
    """The limits, counted over fixed minutes; 0 is no limit.

    Requests are counted before they are served. How long a recording is shows only once it is
    decoded, so its seconds are counted after, and the next request waits: one caller can overdraw
    a minute by what it has under way.

    Args:
        requests: requests a minute and caller.
        audio_s: seconds of audio a minute and caller.
        url: ``memory://`` (this process alone) or ``redis://host:port`` (shared by all).
    """

    def __init__(self, *, requests: int, audio_s: int, url: str = MEMORY) -> None:
        options = {} if url == MEMORY else {"implementation": "redispy", "wrap_exceptions": True}
        self._limiter = FixedWindowRateLimiter(
            storage_from_string(f"async+{url}", **options)  # type: ignore[arg-type]
        )
        self._items: dict[str, RateLimitItem] = {
            name: RateLimitItemPerMinute(amount, namespace=f"ovoz-{name}")
            for name, amount in {"requests": requests, "audio": audio_s}.items()
            if amount
        }

    async def count_request(self, caller: str) -> None:
        """Count one request. A store that does not answer refuses nobody: it is logged.

        Raises:
            ProblemError: 429, a limit is used up.
        """
        try:
            if (audio := self._items.get("audio")) and not await self._limiter.test(audio, caller):
                raise await self._used_up("audio", caller)
            requests = self._items.get("requests")
            if requests and not await self._limiter.hit(requests, caller):
                raise await self._used_up("requests", caller)
        except StorageError:
            _LOG.exception("rate limits are not counted")

    async def count_audio(self, caller: str, seconds: float) -> None:
        """Count ``seconds`` of audio, begun seconds as whole ones."""
        if seconds and "audio" in self._items:
            try:
                await self._limiter.hit(self._items["audio"], caller, cost=math.ceil(seconds))
            except StorageError:
                _LOG.exception("seconds of audio are not counted")

    async def _used_up(self, name: str, caller: str) -> ProblemError:
        stats = await self._limiter.get_window_stats(self._items[name], caller)
        retry_s = max(1, math.ceil(stats.reset_time - time.time()))
        return _too_many(f"{_UNITS[name]} a minute", retry_s)


class RateLimits:
    """ASGI middleware that refuses callers over their limits; inside of ``Authentication``.

    Raises:
        ProblemError: 429.
    """

    def __init__(self, app: ASGIApp, rates: Rates, concurrent: int) -> None:
        self._app = app
        self._rates = rates
        self._concurrent = concurrent
        self._under_way: Counter[str] = Counter()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on and count what it used, or refuse it."""
        if scope["type"] != "http" or CALLER not in scope or scope["path"] == "/metrics":
            return await self._app(scope, receive, send)
        caller: str = scope[CALLER].name
        if self._concurrent and self._under_way[caller] >= self._concurrent:
            raise _too_many("requests at once", 1)
        self._under_way[caller] += 1
        usage = usage_of(scope)
        try:
            await self._rates.count_request(caller)
            await self._app(scope, receive, send)
        finally:
            self._under_way[caller] -= 1
            if not self._under_way[caller]:
                del self._under_way[caller]
            await self._rates.count_audio(caller, usage.audio_s)


def _too_many(what: str, retry_s: int) -> ProblemError:
    told = f"too many {what} for this key; retry after {retry_s} s"
    return ProblemError(429, "rate-limited", told, {"Retry-After": str(retry_s)})
