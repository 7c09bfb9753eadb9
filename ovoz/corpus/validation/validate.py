"""Run the suite, set rows aside, write the report."""

import csv
import os
import shutil
from collections import defaultdict
from collections.abc import Callable, Sequence
from pathlib import Path

import pandas as pd

from ovoz.corpus.manifest import Utterance, write_manifest
from ovoz.corpus.validation.audit import audit, read_table
from ovoz.corpus.validation.config import Severity, ValidationConfig
from ovoz.corpus.validation.result import CorpusRejectedError, Quarantined, ValidationResult
from ovoz.corpus.validation.suite import Check, checks


def validate(
    manifest: Path,
    out: Path,
    config: ValidationConfig,
    progress: Callable[[int, int], object] | None = None,
) -> ValidationResult:
    """Hold every row of a manifest and its audio against all checks.

    Args:
        manifest: The Parquet manifest; audio paths are relative to its folder.
        out: Gets the accepted rows, the quarantine and the report; written under a temporary
            name, then renamed, replacing an older one.
        config: The limits.
        progress: Called with the audio files read and their total.

    Raises:
        ManifestError: The manifest cannot be read at all.
        CorpusRejectedError: A critical check failed, or too many rows did; the report is written
            all the same.
    """
    table = audit(read_table(manifest), manifest.parent, config.pack, progress)
    suite = checks(config)
    unfinished = out.with_name(f".{out.name}.{os.getpid()}.tmp")
    shutil.rmtree(unfinished, ignore_errors=True)
    unfinished.mkdir(parents=True)
    try:
        found = _run_suite(table, suite, unfinished)
        bad = {one.row for one in found[Severity.ERROR]} | {
            one.row for one in found[Severity.CRITICAL]
        }
        kept = table[~table["row"].isin(bad)]
        rows = kept[list(Utterance.model_fields)].to_dict("records")
        write_manifest(map(Utterance.model_validate, rows), unfinished / "manifest.parquet")
        _write_csv(unfinished / "quarantine.csv", found[Severity.CRITICAL] + found[Severity.ERROR])
        _write_csv(unfinished / "warnings.csv", found[Severity.WARNING])
        shutil.rmtree(out, ignore_errors=True)
        unfinished.replace(out)
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)
    _refuse(found, len(table), config, out)
    return ValidationResult(
        folder=out,
        accepted=len(rows),
        quarantined=tuple(found[Severity.ERROR]),
        warnings=tuple(found[Severity.WARNING]),
    )


def _refuse(
    found: dict[Severity, list[Quarantined]], rows: int, config: ValidationConfig, out: Path
) -> None:
    if critical := found[Severity.CRITICAL]:
        raise CorpusRejectedError(
            f"{len(critical)} rows make the corpus unusable (report: {out / 'data_docs'}):",
            critical,
        )
    errors = found[Severity.ERROR]
    if len(errors) > config.max_quarantined_share * rows:
        raise CorpusRejectedError(
            f"{len(errors)} of {rows} rows fail, more than"
            f" {config.max_quarantined_share:.0%} (report: {out / 'data_docs'}):",
            errors,
        )


def _run_suite(
    table: pd.DataFrame, suite: Sequence[Check], folder: Path
) -> dict[Severity, list[Quarantined]]:
    """Failed rows by severity, each once with all its reasons; writes the Data Docs."""
    from ovoz.corpus.validation.expectations import failed_rows

    reasons: dict[Severity, dict[int, list[str]]] = {one: defaultdict(list) for one in Severity}
    for check, failures in zip(suite, failed_rows(table, suite, folder), strict=True):
        for row, value in failures:
            shown = f"{value:.3g}" if isinstance(value, float) else value
            reasons[check.severity][row].append(check.reason.format(value=shown))
    ids = table["id"].astype(str).tolist()
    return {
        severity: [
            Quarantined(row, ids[row], tuple(why)) for row, why in sorted(of_severity.items())
        ]
        for severity, of_severity in reasons.items()
    }


def _write_csv(path: Path, rows: Sequence[Quarantined]) -> None:
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(["row", "id", "reasons"])
        writer.writerows((one.row, one.id, "; ".join(one.reasons)) for one in rows)
