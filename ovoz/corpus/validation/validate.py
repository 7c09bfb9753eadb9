"""Run the suite, set rows aside, write the report."""

import csv
from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

import pandas as pd

from ovoz.corpus.dataset import Dataset
from ovoz.corpus.dropped import DROPPED_FILE, DroppedRow, read_dropped, write_dropped
from ovoz.corpus.manifest import MANIFEST_FILE, Utterance, write_manifest
from ovoz.corpus.origins import Origin, read_origins
from ovoz.corpus.validation.audit import audit, read_table
from ovoz.corpus.validation.config import Severity, ValidationConfig
from ovoz.corpus.validation.page import AuditedCorpus, write_page
from ovoz.corpus.validation.refusal import find_refusal
from ovoz.corpus.validation.result import Quarantined, ValidationResult
from ovoz.corpus.validation.suite import CheckResult, list_checks
from ovoz.corpus.validation.summary import summarize_rows
from ovoz.files import atomic_folder
from ovoz.progress import ProgressCallback

_SET_ASIDE: Final = (Severity.CRITICAL, Severity.ERROR)
_SHOWN: Final = ("audio", "split", "speaker", "text")


def validate(
    dataset: Dataset,
    out: Path,
    config: ValidationConfig,
    progress: ProgressCallback | None = None,
    heard_file: Path | None = None,
) -> ValidationResult:
    """Check every row of a dataset and its audio.

    Args:
        dataset: The rows to check.
        out: Gets the accepted rows, the quarantine and the report; appears complete or not at all.
        config: The limits.
        progress: Called with the number of audio files read and of all.
        heard_file: Keeps what was heard: files that have not changed are not decoded again.

    Raises:
        ManifestError: The manifest cannot be read at all, or is empty.
        CorpusRejectedError: A critical check failed, too many rows did, or a split is left without
            rows. The report is written all the same, but no manifest of accepted rows.
    """
    origins = read_origins(dataset.root)
    table = audit(read_table(dataset.manifest), dataset.root, config, origins, progress, heard_file)
    with atomic_folder(out) as unfinished:
        results = _run_checks(table, config)
        found = _group_by_severity(table, results)
        accepted = _accepted(table, found)
        set_aside = [one for severity in _SET_ASIDE for one in found[severity]]
        dropped = [
            *read_dropped(dataset.root / DROPPED_FILE),
            *(_dropped(one, table, origins) for one in set_aside),
        ]
        rejected = find_refusal(table, found, accepted, config, out / "summary.md")
        if rejected is None:
            write_manifest(accepted, unfinished / MANIFEST_FILE)
        write_dropped(unfinished / DROPPED_FILE, dropped)
        (unfinished / "summary.md").write_text(summarize_rows(accepted, dropped), "utf-8")
        _write_csv(unfinished / "quarantine.csv", table, origins, found, _SET_ASIDE)
        _write_csv(unfinished / "warnings.csv", table, origins, found, (Severity.WARNING,))
        corpus = AuditedCorpus(dataset, table, origins, accepted, found, results)
        write_page(corpus, read_dropped(dataset.root / DROPPED_FILE), rejected, unfinished)
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


def _dropped(one: Quarantined, table: pd.DataFrame, origins: Mapping[str, Origin]) -> DroppedRow:
    row = table.iloc[one.row]
    origin = origins.get(one.id, Origin(path=row["audio"]))
    return DroppedRow(
        kind=one.checks[0],
        source=row["source"],
        row=origin.row,
        path=origin.path,
        speaker=row["speaker"],
        reason="; ".join(one.reasons),
    )


def _run_checks(table: pd.DataFrame, config: ValidationConfig) -> list[CheckResult]:
    from ovoz.corpus.validation.expectations import run_suite

    return run_suite(table, list_checks(config))


def _group_by_severity(
    table: pd.DataFrame, results: Sequence[CheckResult]
) -> dict[Severity, list[Quarantined]]:
    """Failed rows by severity, each once with all its reasons."""
    faults: dict[Severity, dict[int, list[tuple[str, str]]]]
    faults = {severity: defaultdict(list) for severity in Severity}
    for result in results:
        for row, value in result.failures:
            shown = f"{value:.3g}" if isinstance(value, float) else value
            reason = result.check.reason.format(value=shown)
            faults[result.check.severity][row].append((result.check.name.value, reason))
    ids = table["id"].tolist()
    return {
        severity: [
            Quarantined(
                row, ids[row], tuple(reason for _, reason in why), tuple(check for check, _ in why)
            )
            for row, why in sorted(of_severity.items())
        ]
        for severity, of_severity in faults.items()
    }


def _write_csv(
    path: Path,
    table: pd.DataFrame,
    origins: Mapping[str, Origin],
    found: dict[Severity, list[Quarantined]],
    severities: Sequence[Severity],
) -> None:
    """The rows with their reasons, the most severe first."""
    shown = table[list(_SHOWN)].to_numpy().tolist()
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(["row", "id", "severity", "reasons", *_SHOWN, "source_row", "source_path"])
        for severity in severities:
            for one in found[severity]:
                reasons = "; ".join(one.reasons)
                told = [one.row, one.id, severity.value, reasons, *shown[one.row]]
                origin = origins.get(one.id, Origin())
                writer.writerow([*told, origin.row, origin.path])
