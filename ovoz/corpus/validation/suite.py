"""The checks, as Great Expectations of the audited table."""

from dataclasses import dataclass, field
from typing import Any, Final

from ovoz.corpus.validation.audit import FAULTS, FINE, fault_column
from ovoz.corpus.validation.config import CheckName, Severity, ValidationConfig

_UNIQUE: Final = "ExpectColumnValuesToBeUnique"
_BETWEEN: Final = "ExpectColumnValuesToBeBetween"
_IN_SET: Final = "ExpectColumnValuesToBeInSet"
_MATCH: Final = "ExpectColumnValuesToMatchRegex"


@dataclass(frozen=True, slots=True)
class ColumnCheck:
    """One expectation on one column.

    ``expectation`` is the name of a class of ``great_expectations.expectations``, ``arguments``
    what it takes beside the column. ``reason`` is said of a row that fails; ``{value}`` in it is
    the value found.
    """

    name: CheckName
    severity: Severity
    column: str
    expectation: str
    reason: str
    arguments: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class CheckResult:
    """A check with the rows that fail it and the value found in each.

    ``seen`` is the number of rows that have a value to be checked.
    """

    check: ColumnCheck
    failures: list[tuple[int, Any]]
    seen: int


def list_checks(config: ValidationConfig) -> list[ColumnCheck]:
    """All checks with the limits and severities of ``config``."""
    return [*_rows(config), *_findings(config), *_limits(config)]


def _rows(config: ValidationConfig) -> list[ColumnCheck]:
    rules: list[tuple[CheckName, str, str, str, dict[str, Any]]] = [
        (CheckName.UNIQUE_ID, "id", _UNIQUE, "the id {value} is used twice", {}),
        (
            CheckName.UNIQUE_AUDIO,
            "decodable_sha256",
            _UNIQUE,
            "the same audio occurs twice (SHA-256 {value:.12}…)",
            {},
        ),
        (CheckName.TRANSCRIPT, "text", _MATCH, "the transcript is empty", {"regex": r"\S"}),
    ]
    return [ColumnCheck(rule[0], config.severity(rule[0]), *rule[1:]) for rule in rules]


def _findings(config: ValidationConfig) -> list[ColumnCheck]:
    return [
        ColumnCheck(
            name,
            config.severity(name),
            fault_column(name),
            _IN_SET,
            "{value}",
            {"value_set": [FINE]},
        )
        for name in FAULTS
    ]


def _limits(config: ValidationConfig) -> list[ColumnCheck]:
    rules: list[tuple[CheckName, str, float | None, float | None]] = [
        (CheckName.DURATION, "duration_s", config.min_duration_s, config.max_duration_s),
        (CheckName.PACE, "chars_per_s", config.min_chars_per_s, config.max_chars_per_s),
        (CheckName.SPEECH, "measured_speech_ratio", config.min_speech_ratio, None),
        (CheckName.LEVEL, "measured_rms_dbfs", config.min_rms_dbfs, None),
        (CheckName.CLIPPING, "measured_clipped_ratio", None, config.max_clipped_ratio),
        (CheckName.NOISE, "measured_snr_db", config.min_snr_db, None),
        (CheckName.BANDWIDTH, "measured_bandwidth_hz", config.min_bandwidth_hz, None),
    ]
    return [
        ColumnCheck(
            name,
            config.severity(name),
            column,
            _BETWEEN,
            f"{column.removeprefix('measured_')} is {{value}}, asked is {_shown(low, high)}",
            {"min_value": low, "max_value": high},
        )
        for name, column, low, high in rules
    ]


def _shown(low: float | None, high: float | None) -> str:
    limits = (("at least", low), ("at most", high))
    return " and ".join(f"{word} {limit:g}" for word, limit in limits if limit is not None)
