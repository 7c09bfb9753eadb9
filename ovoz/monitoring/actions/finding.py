"""What changed, by kind of change: what actions are about."""

import datetime as dt
from dataclasses import dataclass
from typing import Final

from ovoz.corpus.manifest import Dialect
from ovoz.monitoring.causes import Cause, cause_of
from ovoz.monitoring.report import DriftedColumn, DriftReport

_LANGUAGE: Final = "language="
_MIXING: Final = frozenset(("switches_per_min", "minority_share"))
_DIALECTS: Final = (Dialect.FERGANA, Dialect.KHOREZM)
"""The log counts dialect words, not by dialect: all that are not of Tashkent are meant."""


@dataclass(frozen=True, slots=True)
class DriftFinding:
    """One kind of change; ``columns`` of the traffic log, the farthest first.

    ``slices`` are those callers who lie farthest from the test set, as ``language=ru``;
    ``distance`` is that of the farthest column, 0 to 1.
    """

    cause: Cause
    columns: tuple[str, ...]
    slices: tuple[str, ...]
    since: dt.date
    distance: float
    told: str

    @property
    def languages(self) -> tuple[str, ...]:
        """Languages among the slices, the farthest first."""
        return tuple(
            name.removeprefix(_LANGUAGE) for name in self.slices if name.startswith(_LANGUAGE)
        )

    @property
    def changes_mixing(self) -> bool:
        """Whether callers mix languages otherwise than before."""
        return not _MIXING.isdisjoint(self.columns)

    @property
    def changes_languages(self) -> bool:
        """Whether other languages are spoken."""
        return "language" in self.columns

    @property
    def dialects(self) -> tuple[Dialect, ...]:
        """Dialects that may be spoken more or less than before."""
        return _DIALECTS if "dialect_share" in self.columns else ()


def list_findings(report: DriftReport, since: dt.date) -> list[DriftFinding]:
    """What had an alarm on ``since`` or later; one finding per kind of change."""
    recent = [one for one in report.drifted if max(one.days) >= since]
    by_cause: dict[Cause, list[DriftedColumn]] = {}
    for one in recent:
        by_cause.setdefault(cause_of(one.column), []).append(one)
    findings = [_finding(cause, columns) for cause, columns in by_cause.items()]
    outside = report.outside
    if not findings and outside is not None and max(outside.days) >= since:
        told = (
            f"all features together, since {outside.day} (separability"
            f" {outside.separability:.2f}, alarm above {outside.limit:.2f})"
        )
        distance = max(0.0, 2 * outside.separability - 1)
        findings.append(DriftFinding(Cause.TOGETHER, (), (), outside.day, distance, told))
    heavy = report.heavy_caller
    if heavy is not None and max(heavy.days) >= since:
        told = (
            f"one caller dominates since {heavy.day} (about {heavy.dominance:.0%} of the segments,"
            f" {heavy.usual:.0%} before)"
        )
        distance = heavy.dominance - heavy.usual
        findings.append(DriftFinding(Cause.CALLERS, (), (), heavy.day, distance, told))
    return findings


def _finding(cause: Cause, columns: list[DriftedColumn]) -> DriftFinding:
    names = [part.name for one in columns for part in one.slices]
    told = "; ".join(
        f"{one.meaning} changed by {one.distance:.0%} since {one.since}"
        + (f", most in {one.slices[0].name}" if one.slices else "")
        for one in columns
    )
    return DriftFinding(
        cause=cause,
        columns=tuple(one.column for one in columns),
        slices=tuple(dict.fromkeys(names)),
        since=min(one.since for one in columns),
        distance=max(one.distance for one in columns),
        told=told,
    )
