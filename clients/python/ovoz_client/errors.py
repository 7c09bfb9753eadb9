"""What can go wrong between a caller and the service."""

from email.utils import parsedate_to_datetime
from time import time
from typing import Any, Final, Self

import httpx

_PREFIX: Final = "urn:ovoz:problem:"


class OvozError(Exception):
    """Base of all errors of this package."""


class UnreachableError(OvozError):
    """The service cannot be reached, or its answer was cut off."""


class DeadlineError(OvozError, TimeoutError):
    """The total time of a call is over."""


class ServiceError(OvozError):
    """The service answered with a problem (RFC 9457).

    Args:
        status: of HTTP.
        kind: the stable name of the problem, such as ``audio-too-long``.
        detail: one sentence.
        retry_after_s: seconds after which the service wants to be asked again; None if not said.
    """

    def __init__(
        self, status: int, kind: str, detail: str, retry_after_s: float | None = None
    ) -> None:
        super().__init__(f"{detail} ({kind}, HTTP {status})")
        self.status = status
        self.kind = kind
        self.detail = detail
        self.retry_after_s = retry_after_s

    @classmethod
    def of(cls, response: httpx.Response) -> Self:
        """The problem of a response that was read; proxies answer without one."""
        try:
            problem: Any = response.json()
        except ValueError:
            problem = None
        if not isinstance(problem, dict):
            problem = {}
        kind = str(problem.get("type", f"http-{response.status_code}")).removeprefix(_PREFIX)
        detail = str(problem.get("detail") or response.reason_phrase or "no detail was given")
        retry_after_s = read_retry_after(response.headers.get("retry-after"))
        return cls(response.status_code, kind, detail, retry_after_s)


class StreamError(OvozError):
    """A live stream ended before its end.

    Args:
        kind: the stable name of what is wrong, such as ``not-authenticated``.
        detail: one sentence.
        close_code: of the WebSocket; None where the connection was lost.
    """

    def __init__(self, kind: str, detail: str, close_code: int | None = None) -> None:
        super().__init__(f"{detail} ({kind})")
        self.kind = kind
        self.detail = detail
        self.close_code = close_code


def read_retry_after(value: str | None) -> float | None:
    """Seconds of a ``Retry-After`` header (RFC 9110, 10.2.3); None if there is none to be read."""
    if value is None:
        return None
    try:
        return max(0.0, float(int(value)))
    except ValueError:
        pass
    try:
        return max(0.0, parsedate_to_datetime(value).timestamp() - time())
    except ValueError:
        return None
