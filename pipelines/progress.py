"""Progress on the console: one line when a step starts, one when it ends."""

import logging
import re

_LINES = (
    (re.compile(r"^Step `(\S+)` has started\.$"), "▶ {0}"),
    (re.compile(r"^Step `(\S+)` has finished in `([^`]+)`\.$"), "✓ {0}  {1}"),
    (
        re.compile(r"^Using cached version of step `(\S+)`\.$"),
        "✓ {0}  unchanged, taken from the cache",
    ),
)


class StepLines(logging.Filter):
    """Keep what ZenML says of its steps, in one short form; drop the rest of its chatter.

    A failed step is told by the command itself, with what fell short and without a stack trace.
    """

    def filter(self, record: logging.LogRecord) -> bool:
        """Rewrite the record of a step's start or end; refuse ZenML's other records."""
        if not record.name.startswith("zenml"):
            return record.levelno >= logging.WARNING
        message = record.getMessage()
        for pattern, line in _LINES:
            if match := pattern.match(message):
                record.msg, record.args = line.format(*match.groups()), ()
                return True
        return False


def show_step_lines() -> None:
    """Put the filter on the handlers that ZenML installed; call after importing ZenML."""
    for handler in logging.getLogger().handlers:
        handler.addFilter(StepLines())
