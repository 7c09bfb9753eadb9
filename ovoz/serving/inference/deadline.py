"""How long a request is worked on: until its deadline, and no longer than its caller is there."""

import asyncio
import re
from collections.abc import Awaitable
from typing import Final, TypeVar

from fastapi import Request

from ovoz.audio.signal import Seconds
from ovoz.serving.problems import CLIENT_GONE, ProblemError
from ovoz.serving.telemetry import metrics

_WAIT: Final = re.compile(r"(?:^|[,;\s])wait\s*=\s*(\d{1,6})")

_Result = TypeVar("_Result")


class ClientGoneError(ProblemError):
    """The caller hung up; nobody will read an answer."""

    def __init__(self) -> None:
        super().__init__(CLIENT_GONE, "client-gone", "the caller hung up")


def patience_s(request: Request, most_s: Seconds) -> Seconds:
    """Seconds until the answer is of no use.

    A caller says it by ``Prefer: wait=10`` (RFC 7240, section 4.3); ``most_s`` is the service's
    own limit.
    """
    asked = _WAIT.search(request.headers.get("prefer", "").lower())
    return min(float(asked[1]), most_s) if asked else most_s


async def while_client_waits(request: Request, work: Awaitable[_Result]) -> _Result:
    """The result of ``work``; it is cancelled when the caller hangs up.

    The body of the request must have been read.

    Raises:
        ClientGoneError: the caller hung up first.
    """
    working = asyncio.ensure_future(work)
    gone = asyncio.create_task(_gone(request))
    try:
        await asyncio.wait({working, gone}, return_when=asyncio.FIRST_COMPLETED)
        if working.done():
            return working.result()
        metrics.REFUSED.labels("client-gone").inc()
        raise ClientGoneError
    finally:
        working.cancel()
        gone.cancel()
        # A thread may still read the upload, which is closed when the request is over.
        await asyncio.wait({working, gone})


async def _gone(request: Request) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass
