"""Errors of the client as LiveKit's."""

from collections.abc import Iterator
from contextlib import contextmanager

from livekit.agents import APIConnectionError, APIError, APIStatusError, APITimeoutError
from ovoz_client import DeadlineError, OvozError, ServiceError, StreamError

_LOST = "dropped"


@contextmanager
def as_api_errors() -> Iterator[None]:
    """Raise what LiveKit knows: a lost connection may be tried again, a refusal not.

    Raises:
        APIError: Any error of the client.
    """
    try:
        yield
    except ServiceError as error:
        raise APIStatusError(error.detail, status_code=error.status, body=error.kind) from error
    except DeadlineError as error:
        raise APITimeoutError(str(error)) from error
    except StreamError as error:
        retryable = error.kind == _LOST or error.close_code in {1012, 1013}
        raise APIError(str(error), body=error.kind, retryable=retryable) from error
    except OvozError as error:
        raise APIConnectionError(str(error)) from error
