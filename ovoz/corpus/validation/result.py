"""What validation found."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from ovoz.corpus.dataset import Dataset

_SHOWN: Final = 10


@dataclass(frozen=True, slots=True)
class Quarantined:
    """A row that failed: its place in the manifest (from 0), its id and every reason.

    ``checks`` are the names of the checks that it failed, one for each reason.
    """

    row: int
    id: str
    reasons: tuple[str, ...]
    checks: tuple[str, ...]

    def __str__(self) -> str:
        """One line for people."""
        return f"row {self.row} ({self.id}): {'; '.join(self.reasons)}"


@dataclass(frozen=True, slots=True)
class ValidationResult:
    """The verdict on a corpus.

    ``dataset`` holds the accepted rows, ``accepted`` is their number. ``folder`` holds their
    manifest, ``dropped.csv`` (every row that came in and is not in it, those that ingestion dropped
    too), ``quarantine.csv`` and ``warnings.csv`` (rows with every reason), ``summary.md`` and
    ``data_page/index.html``.
    """

    folder: Path
    dataset: Dataset
    accepted: int
    quarantined: tuple[Quarantined, ...]
    warnings: tuple[Quarantined, ...]


class CorpusRejectedError(ValueError):
    """A corpus that must not be trained on; ``failures`` name the rows and the reasons."""

    def __init__(self, summary: str, failures: Sequence[Quarantined]) -> None:
        lines = [str(failure) for failure in failures[:_SHOWN]]
        if len(failures) > _SHOWN:
            lines.append(f"… and {len(failures) - _SHOWN} rows more")
        super().__init__("\n".join([summary, *lines]))
        self.failures = tuple(failures)
