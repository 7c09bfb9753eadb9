"""Logs as JSON lines, each with the identifier of the request that it belongs to."""

import logging
import sys
import threading
from types import TracebackType
from typing import Final

from asgi_correlation_id import correlation_id
from pythonjsonlogger.json import JsonFormatter

_OURS: Final = ("ovoz", "bentos", "bentoml", "uvicorn", "asgi_correlation_id", "circus")
_OTHERS: Final = logging.WARNING
"""Level of libraries."""
_LOG: Final = logging.getLogger(__name__)
_FIELDS: Final = ["asctime", "levelname", "name", "message"]
_NAMES: Final = {"asctime": "time", "levelname": "level", "name": "logger"}


class JsonLines(JsonFormatter):
    """One object a line: time (UTC), level, logger, message, and what a call adds."""

    default_time_format = "%Y-%m-%dT%H:%M:%S"
    default_msec_format = "%s.%03dZ"

    def __init__(self) -> None:
        super().__init__(
            _FIELDS, style="%", rename_fields=_NAMES, json_ensure_ascii=False, timestamp=False
        )


def with_request_id(record: logging.LogRecord) -> bool:
    """A filter that keeps every record and adds the identifier of its request."""
    record.request_id = correlation_id.get()
    return True


def log_as_json(level: str) -> None:
    """Send whatever is logged in this process to standard output as JSON lines, each of it once.

    So are warnings, and errors that nobody can catch: without this Python writes them as plain
    text. ``level`` is a name such as ``INFO``.
    """
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(JsonLines())
    handler.addFilter(with_request_id)
    logging.captureWarnings(capture=True)
    # BentoML and uvicorn give handlers to loggers of their own, whose lines would come twice.
    for name in list(logging.root.manager.loggerDict):
        logger = logging.getLogger(name)
        logger.handlers, logger.propagate = [], True
        logger.setLevel(logging.NOTSET)
    logging.root.handlers = [handler]
    logging.root.setLevel(_OTHERS)
    for name in _OURS:
        logging.getLogger(name).setLevel(level)
    logging.getLogger("uvicorn.access").disabled = True  # our own line says more
    sys.excepthook = _log_uncaught
    threading.excepthook = lambda of: _log_uncaught(
        of.exc_type, of.exc_value or of.exc_type(), of.exc_traceback
    )
    sys.unraisablehook = lambda of: _LOG.error(
        "%s", of.err_msg or "an error that nobody can catch", exc_info=of.exc_value
    )


def _log_uncaught(
    kind: type[BaseException], error: BaseException, trace: TracebackType | None
) -> None:
    _LOG.critical("an error that nobody caught", exc_info=(kind, error, trace))
