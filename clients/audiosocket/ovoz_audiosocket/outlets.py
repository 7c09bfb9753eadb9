"""Where captions go: JSON lines on standard output, or POSTs to a webhook."""

import asyncio
import json
import logging
import sys
from typing import Any, Final, Protocol

import httpx
from tenacity import AsyncRetrying, stop_before_delay, wait_random_exponential

_LOG: Final = logging.getLogger(__name__)
_WAITING: Final = 10_000
_TOTAL_S: Final = 60.0
_TRY_S: Final = 10.0


class Outlet(Protocol):
    """Takes events in their order."""

    def put(self, event: dict[str, Any]) -> None:
        """Take an event; never waits."""
        ...

    async def close(self) -> None:
        """Return when all is delivered, or given up."""
        ...


class LineOutlet:
    """One JSON object a line."""

    def put(self, event: dict[str, Any]) -> None:
        """Write an event."""
        sys.stdout.write(json.dumps(event, ensure_ascii=False) + "\n")
        sys.stdout.flush()

    async def close(self) -> None:
        """Nothing waits."""


class WebhookOutlet:
    """POSTs one event after the other.

    Args:
        url: of the receiver.

    An event is tried for a minute. What a receiver does not take by then is dropped and logged, as
    is what comes while 10,000 events wait.
    """

    def __init__(self, url: str) -> None:
        self._url = url
        self._waiting: asyncio.Queue[dict[str, Any] | None] = asyncio.Queue(_WAITING)
        self._http = httpx.AsyncClient(timeout=_TRY_S)
        self._task = asyncio.create_task(self._deliver(), name="ovoz-webhook")

    def put(self, event: dict[str, Any]) -> None:
        """Take an event."""
        try:
            self._waiting.put_nowait(event)
        except asyncio.QueueFull:
            _LOG.error("captions wait for the webhook: one of call %s is dropped", event["call"])

    async def close(self) -> None:
        """Deliver what waits."""
        await self._waiting.put(None)
        await self._task
        await self._http.aclose()

    async def _deliver(self) -> None:
        while (event := await self._waiting.get()) is not None:
            tries = AsyncRetrying(
                stop=stop_before_delay(_TOTAL_S), wait=wait_random_exponential(0.25, max=10),
                reraise=True,
            )  # fmt: skip
            try:
                await tries(self._post, event)
            except httpx.HTTPError as error:
                _LOG.error("the webhook did not take an event of call %s: %s", event["call"], error)

    async def _post(self, event: dict[str, Any]) -> None:
        (await self._http.post(self._url, json=event)).raise_for_status()
