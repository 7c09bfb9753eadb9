"""What drift was found in a traffic log, in plain words."""

import datetime as dt
from dataclasses import dataclass, replace
from functools import reduce
from operator import add
from pathlib import Path
from typing import Final

import numpy as np
import pyarrow as pa

from ovoz.engine.artifact.storage import read_description
from ovoz.monitoring.bins import COLUMNS, Bins, Codes, count
from ovoz.monitoring.change_point import change_day
from ovoz.monitoring.cluster import Spread
from ovoz.monitoring.domain import SeparabilityLimit, separability
from ovoz.monitoring.drift import LEAST_ROWS, WEEK, Alarm, DriftConfig, find_drift
from ovoz.monitoring.error_rate import ErrorRateEstimator, EstimatedRate
from ovoz.monitoring.heavy_caller import find_heavy_days
from ovoz.monitoring.reference import read_reference, recorded_rows
from ovoz.monitoring.slices import SliceShift, shifted_slices
from ovoz.monitoring.traffic_days import TrafficDays, TrafficPart, read_days

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
_MOST_SLICES: Final = 3


@dataclass(frozen=True, slots=True)
class DriftedColumn:
    """One column that drifted, at its first alarm."""

    meaning: str
    column: str
    since: dt.date
    """The day on which it changed, as far as the month shows."""
    seen: dt.date
    days: tuple[dt.date, ...]
    """Every day with an alarm of it."""
    distance: float
    score: float
    threshold: float
    segments: int
    slices: tuple[SliceShift, ...]
    """Which callers: the slices that lie farthest from the test set since then."""


@dataclass(frozen=True, slots=True)
class TrafficErrorRates:
    """Word error rates of a model: measured on its test set, estimated on traffic.

    ``days`` holds the days with traffic enough, ``week`` the last seven days together.
    """

    test_set: float
    days: tuple[tuple[dt.date, EstimatedRate], ...]
    week: EstimatedRate | None


@dataclass(frozen=True, slots=True)
class OutsideDay:
    """The first day that a classifier on all features tells from the test set; ``days`` are all.

    ``separability`` is the area under its ROC curve: 0.5 tells nothing, 1 everything; ``limit`` is
    what unchanged days stay below.
    """

    day: dt.date
    separability: float
    limit: float
    days: tuple[dt.date, ...]


@dataclass(frozen=True, slots=True)
class HeavyCaller:
    """The first day on which one caller has much more of the traffic than before; ``days`` are all.

    ``dominance`` is about that caller's share, ``usual`` the same of the days before, ``limit``
    what unchanged days stay below; 0 to 1.
    """

    day: dt.date
    dominance: float
    usual: float
    limit: float
    days: tuple[dt.date, ...]


@dataclass(frozen=True, slots=True)
class DriftReport:
    """One month of one model; ``segments`` are those that it heard in ``days``.

    ``heard_days`` are those with traffic enough to be tested.
    ``drifted`` are features that changed by themselves, ``outside`` a change of all together,
    ``heavy_caller`` a change of who calls.
    """

    model_version: str
    segments: int
    days: tuple[dt.date, ...]
    heard_days: tuple[dt.date, ...]
    drifted: tuple[DriftedColumn, ...]
    outside: OutsideDay | None
    error_rates: TrafficErrorRates
    heavy_caller: HeavyCaller | None = None

    @property
    def has_alarm(self) -> bool:
        """Whether anything changed."""
        return bool(self.drifted or self.outside or self.heavy_caller)

    @property
    def alarm_days(self) -> frozenset[dt.date]:
        """Every day with an alarm of any kind."""
        found = {day for one in self.drifted for day in one.days}
        for others in (self.outside, self.heavy_caller):
            found.update(others.days if others else ())
        return frozenset(found)


def look_for_drift(
    traffic: Path,
    artifact: Path,
    *,
    last: dt.date,
    days: int,
    config: DriftConfig,
    spread: Spread = map,
) -> DriftReport:
    """Hold the traffic of a model against its reference statistics.

    Args:
        traffic: The folder of the traffic log.
        artifact: The model.
        last: The last day (UTC) that is looked at; today is not over yet.
        days: How many days, at most a month: the rate of false alarms is that of all of them.
        config: How sure an alarm is; columns have half of the false alarms, the classifier and the
            heavy caller a quarter each.
        spread: Who reads the files of the log.

    Raises:
        ArtifactError: The artifact is missing or damaged, or has no reference statistics.
        FileNotFoundError: There is no traffic log.
        ValueError: A file of it cannot be read.
    """
    traffic_days = read_traffic(traffic, artifact, last=last, days=days, spread=spread)
    return compare_with_model(artifact, traffic_days, config)


def read_traffic(
    traffic: Path, artifact: Path, *, last: dt.date, days: int, spread: Spread = map
) -> TrafficDays:
    """Days of the traffic of a model, counted by the bins of its reference statistics.

    Arguments and errors are those of :func:`look_for_drift`.
    """
    return read_days(
        traffic,
        Bins.of(recorded_rows(read_reference(artifact))),
        model_version=read_description(artifact).model_version,
        first=last - dt.timedelta(days - 1),
        last=last,
        spread=spread,
    )


def compare_with_model(
    artifact: Path, traffic_days: TrafficDays, config: DriftConfig
) -> DriftReport:
    """Hold days that :func:`read_traffic` read against the reference of the same model.

    Raises:
        ArtifactError: The artifact is missing or damaged, or has no reference statistics.
    """
    reference = read_reference(artifact)
    bins = Bins.of(recorded_rows(reference))
    version = read_description(artifact).model_version
    return compare(version, reference, bins, traffic_days, config)


def compare(
    version: str, reference: pa.Table, bins: Bins, traffic_days: TrafficDays, config: DriftConfig
) -> DriftReport:
    """Hold days of traffic against a reference; arguments are those of the functions around."""
    codes = bins.codes(recorded_rows(reference))
    halved = replace(config, false_alarm_months=config.false_alarm_months / 2)
    alarms = find_drift(codes, traffic_days.counts, halved)
    quarter = config.false_alarm_months / 4
    limit = SeparabilityLimit.fit(codes, len(traffic_days.dates), quarter)
    sizes = traffic_days.counts[:, 0].sum(axis=-1)
    by_column: dict[str, list[Alarm]] = {}
    for alarm in alarms:
        by_column.setdefault(alarm.column, []).append(alarm)
    return DriftReport(
        model_version=version,
        segments=int(sizes.sum()),
        days=traffic_days.dates,
        heard_days=tuple(
            date for date, size in zip(traffic_days.dates, sizes, strict=True) if size >= LEAST_ROWS
        ),
        drifted=tuple(
            _drifted(found, traffic_days, codes, bins)
            for found in sorted(by_column.values(), key=lambda one: -one[0].distance)
        ),
        outside=_find_outside(codes, traffic_days, limit),
        error_rates=_estimate(ErrorRateEstimator(reference, bins), traffic_days),
        heavy_caller=_find_heavy_caller(traffic_days, quarter),
    )


def _estimate(estimator: ErrorRateEstimator, days: TrafficDays) -> TrafficErrorRates:
    estimated = [(date, _estimate_part(estimator, part)) for date, part in _dated(days)]
    last_week = reduce(add, days.parts[-WEEK:], TrafficPart.none())
    return TrafficErrorRates(
        test_set=estimator.test_set_rate,
        days=tuple((date, rate) for date, rate in estimated if rate is not None),
        week=_estimate_part(estimator, last_week),
    )


def _find_outside(codes: Codes, days: TrafficDays, limit: SeparabilityLimit) -> OutsideDay | None:
    found = []
    for date, part in _dated(days):
        told, most = separability(codes, part.sample), limit.of(len(part.sample))
        if told > most:
            found.append((date, told, most))
    if not found:
        return None
    return OutsideDay(*found[0], days=tuple(date for date, _, _ in found))


def _find_heavy_caller(days: TrafficDays, false_alarms: float) -> HeavyCaller | None:
    found = find_heavy_days([part.callers.dominance for part in days.parts], false_alarms)
    if not found:
        return None
    first = found[0]
    return HeavyCaller(
        days.dates[first.day], first.dominance, first.usual, first.limit,
        days=tuple(days.dates[one.day] for one in found),
    )  # fmt: skip


def _dated(days: TrafficDays) -> list[tuple[dt.date, TrafficPart]]:
    return list(zip(days.dates, days.parts, strict=True))


def _estimate_part(estimator: ErrorRateEstimator, part: TrafficPart) -> EstimatedRate | None:
    shift = estimator.shift(part.sample)
    return None if shift is None else estimator.estimate(part.heard, shift)


def _drifted(alarms: list[Alarm], days: TrafficDays, reference: Codes, bins: Bins) -> DriftedColumn:
    alarm = alarms[0]
    place = COLUMNS.index(alarm.column)
    since = min(alarm.day, change_day(days.counts[:, place], count(reference)[place]))
    sliced = sum((part.sliced for part in days.parts[since:]), start=np.zeros(1))
    slices = shifted_slices(reference, bins, sliced, place)[:_MOST_SLICES]
    return DriftedColumn(
        meaning=MEANINGS[alarm.column],
        column=alarm.column,
        since=days.dates[since],
        seen=days.dates[alarm.day],
        days=tuple(days.dates[day] for day in sorted({one.day for one in alarms})),
        distance=alarm.distance,
        score=alarm.score,
        threshold=alarm.threshold,
        segments=alarm.rows,
        slices=tuple(slices),
    )
