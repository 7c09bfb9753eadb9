"""Rows of the log of corrections: how far a transcript was off, one row per corrected transcript.

Neither the transcript nor the correction is kept, and neither caller nor request.
"""

import datetime as dt
from dataclasses import dataclass

from ovoz.audio.signal import Seconds


@dataclass(frozen=True, slots=True)
class CorrectionRow:
    """One correction, counted in canonical spelling.

    ``language`` is that of what was really said; ``way`` and ``length`` are coarse (``http`` or
    ``job``; ``under 2 s``), for slices.
    """

    corrected_at: dt.datetime
    """UTC, to the minute."""
    model_version: str
    language: str
    way: str
    length: str
    word_errors: int
    words: int


def length_range(duration_s: Seconds) -> str:
    """The coarse length of a recording."""
    if duration_s < 2:
        return "under 2 s"
    return "2 to 5 s" if duration_s < 5 else "5 s and more"
