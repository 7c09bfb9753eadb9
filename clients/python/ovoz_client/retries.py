"""When a request is asked again: transient errors, with jitter, within one total time."""

from typing import Final

from tenacity import (
    AsyncRetrying,
    RetryCallState,
    retry_if_exception,
    stop_before_delay,
    wait_random_exponential,
)

from ovoz_client.errors import ServiceError, UnreachableError

_TRANSIENT: Final = frozenset({408, 425, 429, 502, 503, 507})
"""504 is not among them: the work outlasted its deadline and would do so again."""
_BACKOFF: Final = wait_random_exponential(multiplier=0.25, max=20)
_SPREAD: Final = wait_random_exponential(multiplier=0.05, max=1)
"""Added to ``Retry-After``, so that callers who were refused together do not return together."""


def retrying(total_s: float, *, is_repeatable: bool) -> AsyncRetrying:
    """Tries of one request; the last error is raised when no further one fits into the time.

    Args:
        total_s: seconds from the first try to the last one's start.
        is_repeatable: whether a request may be sent again whose answer was lost.
    """

    def is_transient(error: BaseException) -> bool:
        if isinstance(error, ServiceError):
            return error.status in _TRANSIENT
        return isinstance(error, UnreachableError) and is_repeatable

    return AsyncRetrying(
        retry=retry_if_exception(is_transient),
        wait=_pause_s,
        stop=stop_before_delay(total_s),
        reraise=True,
    )


def _pause_s(state: RetryCallState) -> float:
    error = state.outcome.exception() if state.outcome else None
    if isinstance(error, ServiceError) and error.retry_after_s is not None:
        return error.retry_after_s + _SPREAD(state)
    return _BACKOFF(state)
