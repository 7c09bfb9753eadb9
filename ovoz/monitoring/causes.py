"""What kind of change a feature shows: kinds have their own advice and their own actions."""

from enum import StrEnum
from typing import Final


class Cause(StrEnum):
    """A kind of change."""

    SOUND = "sound"
    LANGUAGE = "language"
    SPEECH = "speech"
    CERTAINTY = "certainty"
    TOGETHER = "together"
    """No feature alone: a classifier on all of them tells the days apart."""
    CALLERS = "callers"
    """Who calls, whatever they say: one caller dominates."""


_OF_COLUMN: Final = {
    **dict.fromkeys(("snr_db", "rms_dbfs", "clipped_ratio", "bandwidth_hz"), Cause.SOUND),
    **dict.fromkeys(
        ("language", "switches_per_min", "minority_share", "dialect_share"), Cause.LANGUAGE
    ),
    **dict.fromkeys(("confidence", "lowest_confidence", "repeated_share"), Cause.CERTAINTY),
}


def cause_of(column: str) -> Cause:
    """The kind of change that a column of the traffic log shows."""
    return _OF_COLUMN.get(column, Cause.SPEECH)
