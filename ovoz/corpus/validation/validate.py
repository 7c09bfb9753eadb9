"""Run the suite, set rows aside, write the report."""

import csv
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import pandas as pd

from ovoz.corpus.dataset import Dataset
from ovoz.corpus.manifest import MANIFEST_FILE, Utterance, write_manifest
from ovoz.corpus.validation.audit import audit, read_table
from ovoz.corpus.validation.config import Severity, ValidationConfig
from ovoz.corpus.validation.result import CorpusRejectedError, Quarantined, ValidationResult
from ovoz.corpus.validation.suite import ColumnCheck, list_checks
from ovoz.files import atomic_folder
from ovoz.progress import ProgressCallback

_SET_ASIDE: Final = (Severity.CRITICAL, Severity.ERROR)
_SHOWN: Final = ("audio", "split", "speaker", "text")


def validate(
    dataset: Dataset,
    out: Path,
    config: ValidationConfig,
    progress: ProgressCallback | None = None,
) -> ValidationResult:
    """Check every row of a dataset and its audio.

    Args:
        dataset: The rows to check.
        out: Gets the accepted rows, the quarantine and the report; appears complete or not at all.
        config: The limits.
        progress: Called with the number of audio files read and of all.

    Raises:
        ManifestError: The manifest cannot be read at all, or is empty.
        CorpusRejectedError: A critical check failed, too many rows did, or a split is left without
            rows. The report is written all the same, but no manifest of accepted rows.
    """
    table = audit(read_table(dataset.manifest), dataset.root, config, progress)
    with atomic_folder(out) as unfinished:
        found = _run_suite(table, list_checks(config), unfinished)
        accepted = _accepted(table, found)
        rejected = _rejected(found, accepted, len(table), config, out)
        if rejected is None:
            write_manifest(accepted, unfinished / MANIFEST_FILE)
        _write_csv(unfinished / "quarantine.csv", table, found, _SET_ASIDE)
        _write_csv(unfinished / "warnings.csv", table, found, (Severity.WARNING,))
    if rejected is not None:
        raise rejected
    return ValidationResult(
        folder=out,
        dataset=dataset.model_copy(update={"manifest": out / MANIFEST_FILE}),
        accepted=len(accepted),
        quarantined=tuple(found[Severity.ERROR]),
        warnings=tuple(found[Severity.WARNING]),
    )


def _accepted(table: pd.DataFrame, found: dict[Severity, list[Quarantined]]) -> list[Utterance]:
    set_aside = {one.row for severity in _SET_ASIDE for one in found[severity]}
    kept = table[~table["row"].isin(set_aside)]
    rows = kept[list(Utterance.model_fields)].to_dict("records")
    return [Utterance.model_validate(row) for row in rows]


def _rejected(
    found: dict[Severity, list[Quarantined]],
    accepted: Sequence[Utterance],
    rows: int,
    config: ValidationConfig,
    out: Path,
) -> CorpusRejectedError | None:
    """Why the corpus as a whole cannot be used; None when it can."""
    critical, errors = found[Severity.CRITICAL], found[Severity.ERROR]
    report = f"(report: {out / 'data_docs' / 'index.html'})"
    if critical:
        return CorpusRejectedError(
            f"the corpus is unusable, critical faults in {len(critical)} of {rows} rows {report}:",
            critical,
        )
    if len(errors) > config.max_quarantined_share * rows:
        share = f"{config.max_quarantined_share:.0%}"
        return CorpusRejectedError(
            f"{len(errors)} of {rows} rows fail, more than {share} {report}:", errors
        )
    splits = {one.split for one in accepted}
    missing = [split.value for split in config.required_splits if split not in splits]
    if missing:
        return CorpusRejectedError(
            f"no acceptable row in the split {', '.join(missing)} {report}:", errors
        )
    return None


def _run_suite(
    table: pd.DataFrame, suite: Sequence[ColumnCheck], folder: Path
) -> dict[Severity, list[Quarantined]]:
    """Failed rows by severity, each once with all its reasons; writes the Data Docs."""
    from ovoz.corpus.validation.expectations import failed_rows

    reasons: dict[Severity, dict[int, list[str]]] = {one: defaultdict(list) for one in Severity}
    for check, failures in zip(suite, failed_rows(table, suite, folder), strict=True):
        for row, value in failures:
            shown = f"{value:.3g}" if isinstance(value, float) else value
            reasons[check.severity][row].append(check.reason.format(value=shown))
    ids = table["id"].tolist()
    return {
        severity: [
            Quarantined(row, ids[row], tuple(why)) for row, why in sorted(of_severity.items())
        ]
        for severity, of_severity in reasons.items()
    }


def _write_csv(
    path: Path,
    table: pd.DataFrame,
    found: dict[Severity, list[Quarantined]],
    severities: Sequence[Severity],
) -> None:
    """The rows with their reasons, the most severe first."""
    shown = table[list(_SHOWN)].to_numpy().tolist()
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(["row", "id", "severity", "reasons", *_SHOWN])
        for severity in severities:
            for one in found[severity]:
                reasons = "; ".join(one.reasons)
                writer.writerow([one.row, one.id, severity.value, reasons, *shown[one.row]])
