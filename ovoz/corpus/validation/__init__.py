"""Validation: every row of a manifest and its audio against one suite of checks."""

from ovoz.corpus.validation.config import CheckName, Severity, ValidationConfig
from ovoz.corpus.validation.result import CorpusRejectedError, Quarantined, ValidationResult
from ovoz.corpus.validation.validate import validate

__all__ = [
    "CheckName",
    "CorpusRejectedError",
    "Quarantined",
    "Severity",
    "ValidationConfig",
    "ValidationResult",
    "validate",
]
