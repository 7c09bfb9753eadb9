"""What drift was found in a traffic log, in plain words."""

import datetime as dt
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from ovoz.engine.artifact.storage import read_description
from ovoz.monitoring.bins import Bins
from ovoz.monitoring.drift import Alarm, DriftConfig, find_drift, first_day
from ovoz.monitoring.reference import read_reference
from ovoz.monitoring.traffic_days import read_days

MEANINGS: Final = {
    "duration_s": "length of segments",
    "snr_db": "speech over noise",
    "rms_dbfs": "loudness",
    "clipped_ratio": "clipping",
    "bandwidth_hz": "bandwidth",
    "speech_ratio": "share of speech",
    "words": "words per segment",
    "words_per_s": "speaking rate in words",
    "characters_per_s": "speaking rate in characters",
    "switches_per_min": "changes of language",
    "minority_share": "words of the other language",
    "dialect_share": "dialect words",
    "repeated_share": "repetitions",
    "confidence": "confidence",
    "lowest_confidence": "confidence of the worst word",
    "language": "language",
}
"""What each column is called."""


@dataclass(frozen=True, slots=True)
class DriftedColumn:
    """One column that drifted, at its first alarm."""

    meaning: str
    column: str
    since: dt.date
    """The first day of the window that alarmed first."""
    seen: dt.date
    distance: float
    score: float
    threshold: float
    segments: int


@dataclass(frozen=True, slots=True)
class DriftReport:
    """One month of one model; ``segments`` are those that it heard in ``days`` days."""

    model_version: str
    segments: int
    days: int
    drifted: tuple[DriftedColumn, ...]


def look_for_drift(
    traffic: Path, artifact: Path, *, last: dt.date, days: int, config: DriftConfig
) -> DriftReport:
    """Hold the traffic of a model against its reference statistics.

    Args:
        traffic: The folder of the traffic log.
        artifact: The model.
        last: The last day (UTC) that is looked at; today is not over yet.
        days: How many days, at most a month: the rate of false alarms is that of all of them.
        config: How sure an alarm is.

    Raises:
        ArtifactError: The artifact is missing or damaged, or has no reference statistics.
        FileNotFoundError: There is no traffic log.
        ValueError: A file of it cannot be read.
    """
    version = read_description(artifact).model_version
    reference = read_reference(artifact)
    bins = Bins.of(reference)
    first = last - dt.timedelta(days - 1)
    traffic_days = read_days(traffic, bins, model_version=version, first=first, last=last)
    alarms = find_drift(bins.codes(reference), traffic_days.counts, config)
    earliest: dict[str, Alarm] = {}
    for alarm in alarms:
        earliest.setdefault(alarm.column, alarm)
    return DriftReport(
        model_version=version,
        segments=int(traffic_days.counts[:, 0].sum()),
        days=days,
        drifted=tuple(
            _drifted(alarm, traffic_days.dates)
            for alarm in sorted(earliest.values(), key=lambda one: -one.distance)
        ),
    )


def _drifted(alarm: Alarm, dates: tuple[dt.date, ...]) -> DriftedColumn:
    return DriftedColumn(
        meaning=MEANINGS[alarm.column],
        column=alarm.column,
        since=dates[first_day(alarm)],
        seen=dates[alarm.day],
        distance=alarm.distance,
        score=alarm.score,
        threshold=alarm.threshold,
        segments=alarm.rows,
    )
