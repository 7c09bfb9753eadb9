"""The checks, as Great Expectations of the audited table."""

from dataclasses import dataclass, field
from typing import Any

from ovoz.corpus.validation.audit import FINE
from ovoz.corpus.validation.config import Severity, ValidationConfig


@dataclass(frozen=True, slots=True)
class Check:
    """One expectation on one column.

    ``expectation`` is the name of a class of ``great_expectations.expectations``, ``arguments``
    what it takes beside the column. ``reason`` is said of a row that fails; ``{value}`` in it is
    the value found.
    """

    column: str
    expectation: str
    severity: Severity
    reason: str
    arguments: dict[str, Any] = field(default_factory=dict)


def checks(config: ValidationConfig) -> list[Check]:
    """All checks with the limits of ``config``."""
    return [*_identity(), *_faults(), *_limits(config), *_leaks()]


def _identity() -> list[Check]:
    unique = "ExpectColumnValuesToBeUnique"
    return [
        Check("id", unique, Severity.CRITICAL, "the id {value} is used twice"),
        Check("sha256", unique, Severity.ERROR, "the same audio occurs twice"),
    ]


def _faults() -> list[Check]:
    in_set = "ExpectColumnValuesToBeInSet"
    fine = {"value_set": [FINE]}
    return [
        Check("schema_fault", in_set, Severity.ERROR, "breaks the schema: {value}", fine),
        Check("audio_fault", in_set, Severity.ERROR, "the audio {value}", fine),
        Check("alphabet_fault", in_set, Severity.ERROR, "the text {value}", fine),
        Check(
            "text",
            "ExpectColumnValuesToMatchRegex",
            Severity.ERROR,
            "the transcript is empty",
            {"regex": r"\S"},
        ),
    ]


def _limits(config: ValidationConfig) -> list[Check]:
    return [
        _between("duration_s", Severity.ERROR, config.min_duration_s, config.max_duration_s),
        _between("chars_per_s", Severity.ERROR, config.min_chars_per_s, config.max_chars_per_s),
        _between("speech_ratio", Severity.ERROR, config.min_speech_ratio, None),
        _between("rms_dbfs", Severity.ERROR, config.min_rms_dbfs, None),
        _between("clipped_ratio", Severity.ERROR, None, config.max_clipped_ratio),
        _between("snr_db", Severity.WARNING, config.min_snr_db, None),
        _between("bandwidth_hz", Severity.WARNING, config.min_bandwidth_hz, None),
    ]


def _between(column: str, severity: Severity, low: float | None, high: float | None) -> Check:
    limits = " and ".join(
        f"{word} {limit:g}"
        for word, limit in (("at least", low), ("at most", high))
        if limit is not None
    )
    return Check(
        column,
        "ExpectColumnValuesToBeBetween",
        severity,
        f"{column} is {{value}}, asked is {limits}",
        {"min_value": low, "max_value": high},
    )


def _leaks() -> list[Check]:
    in_set, no = "ExpectColumnValuesToBeInSet", {"value_set": [False]}
    critical = Severity.CRITICAL
    return [
        Check("leaked_speaker", in_set, critical, "its speaker is in the training split too", no),
        Check("leaked_sentence", in_set, critical, "its sentence is in the training split too", no),
    ]
