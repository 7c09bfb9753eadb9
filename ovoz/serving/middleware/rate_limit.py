"""How much each caller may ask for: requests and seconds of audio a minute, requests at once."""

import math
import time
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Final

from limits import RateLimitItem, RateLimitItemPerMinute
from limits.aio.strategies import FixedWindowRateLimiter
from limits.storage import storage_from_string
from redis.exceptions import RedisError
from starlette.types import ASGIApp, Receive, Scope, Send

from ovoz.serving.auth.caller import CALLER
from ovoz.serving.neighbours import Neighbour, NeighbourAwayError, show_neighbour
from ovoz.serving.problems import ProblemError
from ovoz.serving.store_settings import MEMORY
from ovoz.serving.telemetry.usage import usage_of

RATES: Final = "ovoz.rates"
"""Where in the scope of a socket the limits of its callers are."""
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
        options = {} if url == MEMORY else {"implementation": "redispy"}
        self._storage = storage_from_string(f"async+{url}", **options)
        self.neighbour = Neighbour(
            "the store of rate limits", RedisError, OSError, probe=self._check_storage
        )
        self.is_shared = url != MEMORY
        self._limiter = FixedWindowRateLimiter(self._storage)
        self._items: dict[str, RateLimitItem] = {
            name: RateLimitItemPerMinute(amount, namespace=f"ovoz-{name}")
            for name, amount in {"audio": audio_s, "requests": requests}.items()
            if amount
        }

    async def count_request(self, caller: str) -> None:
        """Count one request. A store that does not answer refuses nobody.

        Raises:
            ProblemError: 429, a limit is used up.
        """
        with suppress(NeighbourAwayError):
            used_up = await self.neighbour.ask(lambda: self._find_used_up(caller))
            if used_up is not None:
                name, reset_s = used_up
                retry_s = max(1, math.ceil(reset_s - time.time()))
                raise _too_many(f"{_UNITS[name]} a minute", retry_s)

    async def count_audio(self, caller: str, seconds: float) -> None:
        """Count ``seconds`` of audio, begun seconds as whole ones."""
        if seconds and (audio := self._items.get("audio")):
            cost = math.ceil(seconds)
            with suppress(NeighbourAwayError):
                await self.neighbour.ask(lambda: self._limiter.hit(audio, caller, cost=cost))

    async def spend_audio(self, caller: str, seconds: float) -> None:
        """Count whole ``seconds`` of audio while they come in.

        Raises:
            ProblemError: 429, they are more than the caller has left.
        """
        if not seconds or (audio := self._items.get("audio")) is None:
            return
        cost = math.ceil(seconds)
        with suppress(NeighbourAwayError):
            if not await self.neighbour.ask(lambda: self._limiter.hit(audio, caller, cost=cost)):
                raise _too_many(f"{_UNITS['audio']} a minute", 60)

    async def _check_storage(self) -> None:
        """Raise where the storage does not answer; its own check does not."""
        checked = self._storage.check()
        if not (checked if isinstance(checked, bool) else await checked):
            raise ConnectionError

    async def _find_used_up(self, caller: str) -> tuple[str, float] | None:
        """The limit that is used up, and when its minute ends; None counts a request."""
        for name, item in self._items.items():
            within = self._limiter.hit if name == "requests" else self._limiter.test
            if not await within(item, caller):
                return name, (await self._limiter.get_window_stats(item, caller)).reset_time
        return None


class RateLimits:
    """ASGI middleware that refuses callers over their limits; inside of ``Authentication``.

    Raises:
        ProblemError: 429.
    """

    def __init__(self, app: ASGIApp, rates: Rates, concurrent: int) -> None:
        self._app = app
        self.rates = rates
        self._concurrent = concurrent
        self._under_way: Counter[str] = Counter()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on and count what it used, or refuse it."""
        if self.rates.is_shared:
            show_neighbour(scope, "limits", self.rates.neighbour)
        if scope["type"] == "websocket":
            scope[RATES] = self
            if CALLER not in scope:  # it is to say who it is in its first message
                return await self._app(scope, receive, send)
            async with self.take_turn(scope[CALLER].name):
                return await self._app(scope, receive, send)
        if scope["type"] != "http" or CALLER not in scope or scope["path"] == "/metrics":
            return await self._app(scope, receive, send)
        caller: str = scope[CALLER].name
        usage = usage_of(scope)
        try:
            async with self.take_turn(caller):
                await self._app(scope, receive, send)
        finally:
            await self.rates.count_audio(caller, usage.audio_s)

    @asynccontextmanager
    async def take_turn(self, caller: str) -> AsyncIterator[None]:
        """Count a request or a socket, for as long as it is under way.

        Raises:
            ProblemError: 429.
        """
        if self._concurrent and self._under_way[caller] >= self._concurrent:
            raise _too_many("requests at once", 1)
        self._under_way[caller] += 1
        try:
            await self.rates.count_request(caller)
            yield
        finally:
            self._under_way[caller] -= 1
            if not self._under_way[caller]:
                del self._under_way[caller]


def _too_many(what: str, retry_s: int) -> ProblemError:
    told = f"too many {what} for this key; retry after {retry_s} s"
    return ProblemError(429, "rate-limited", told, {"Retry-After": str(retry_s)})
