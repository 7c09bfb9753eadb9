"""Logs as JSON lines. No line holds what people say or who they are."""

import logging
import sys

from pythonjsonlogger.json import JsonFormatter


def log_as_json(level: str) -> None:
    """Send our log to standard output, and warnings of libraries."""
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(
        JsonFormatter(
            ["asctime", "levelname", "name", "message"],
            style="%",
            rename_fields={"asctime": "time", "levelname": "level", "name": "logger"},
        )
    )
    logging.root.handlers = [handler]
    logging.root.setLevel(logging.WARNING)
    logging.getLogger("collector").setLevel(level)
    # Its warnings quote whole updates.
    logging.captureWarnings(capture=False)
