"""What validation found."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

_SHOWN: Final = 10


@dataclass(frozen=True, slots=True)
class Quarantined:
    """A row that failed: its place in the manifest (from 0), its id and every reason."""

    row: int
    id: str
    reasons: tuple[str, ...]

    def __str__(self) -> str:
        """One line for people."""
        return f"row {self.row} ({self.id}): {'; '.join(self.reasons)}"


@dataclass(frozen=True, slots=True)
class ValidationResult:
    """The verdict on a corpus.

    ``folder`` holds ``manifest.parquet`` (the accepted rows), ``quarantine.csv`` and
    ``warnings.csv`` (the others with what is needed to find them, and every reason) and
    ``data_docs/index.html``.
    """

    folder: Path
    accepted: int
    quarantined: tuple[Quarantined, ...]
    warnings: tuple[Quarantined, ...]

    @property
    def data_docs(self) -> Path:
        """First page of the Great Expectations report."""
        return self.folder / "data_docs" / "index.html"


class CorpusRejectedError(ValueError):
    """A corpus that must not be trained on; ``failures`` name the rows and the reasons."""

    def __init__(self, summary: str, failures: Sequence[Quarantined]) -> None:
        lines = [str(failure) for failure in failures[:_SHOWN]]
        if len(failures) > _SHOWN:
            lines.append(f"… and {len(failures) - _SHOWN} rows more")
        super().__init__("\n".join([summary, *lines]))
        self.failures = tuple(failures)
