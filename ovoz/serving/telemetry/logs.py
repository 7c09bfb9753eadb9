"""Logs as JSON lines, each with the identifier of the request that it belongs to."""

import logging
import sys
from typing import Final

from asgi_correlation_id import correlation_id
from pythonjsonlogger.json import JsonFormatter

_OURS: Final = ("ovoz", "bentos", "bentoml", "uvicorn", "asgi_correlation_id")
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
    """Send the logs of the service and of the server around it to standard output as JSON lines.

    ``level`` is a name such as ``INFO``.
    """
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(JsonLines())
    handler.addFilter(with_request_id)
    for name in _OURS:
        logger = logging.getLogger(name)
        logger.handlers = [handler]
        logger.propagate = False
        logger.setLevel(level)
    logging.getLogger("uvicorn.access").disabled = True  # our own line says more
