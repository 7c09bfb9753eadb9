"""Why a corpus as a whole cannot be used, and what to do."""

from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path

import pandas as pd

from ovoz.corpus.manifest import Split, Utterance
from ovoz.corpus.validation.config import CheckName, Severity, ValidationConfig
from ovoz.corpus.validation.result import CorpusRejectedError, Quarantined


def find_refusal(
    table: pd.DataFrame,
    found: Mapping[Severity, Sequence[Quarantined]],
    accepted: Sequence[Utterance],
    config: ValidationConfig,
    report: Path,
) -> CorpusRejectedError | None:
    """The error that refuses the corpus; None when it can be used.

    Args:
        table: All rows.
        found: Failed rows by severity.
        accepted: The other rows.
        config: The limits.
        report: Where the reader finds all rows.
    """
    critical, errors, rows = found[Severity.CRITICAL], found[Severity.ERROR], len(table)
    shown = f"(report: {report})"
    if critical:
        summary = (
            f"the corpus is unusable, critical faults in {len(critical)} of {rows} rows {shown}:"
        )
        return CorpusRejectedError(summary, critical)
    if len(errors) > config.max_quarantined_share * rows:
        limit = f"{config.max_quarantined_share:.0%}"
        summary = f"{len(errors)} of {rows} rows fail, more than {limit}{_offer(errors)} {shown}:"
        return CorpusRejectedError(summary, errors)
    missing = set(config.required_splits) - {one.split for one in accepted}
    if not missing:
        return None
    named = ", ".join(split.value for split in config.required_splits if split in missing)
    failed = [one for one in errors if table["split"].iloc[one.row] in missing]
    why = "" if failed else _explain_empty(table, missing)
    return CorpusRejectedError(f"no acceptable row in the split {named}{why} {shown}", failed)


def _offer(errors: Sequence[Quarantined]) -> str:
    """What to do where prompts that many speakers read are the reason."""
    kinds = Counter(check for one in errors for check in set(one.checks))
    leaks = kinds[CheckName.SENTENCE_LEAK.value]
    if leaks * 2 < len(errors):
        return ""
    return (
        f"; {leaks} of them share a sentence with a held-out split: `ovoz split TABLE` shows which"
        " splits keep how many rows, validation.unseen says what each split forbids"
    )


def _explain_empty(table: pd.DataFrame, missing: set[Split]) -> str:
    speakers = table["speaker"].nunique()
    if speakers > len(Split):
        return (
            f": none of the {len(table)} rows is in it; name it in the table, or leave split empty"
        )
    others = ", ".join(split.value for split in Split if split not in missing)
    return (
        f": none of the {len(table)} rows is in it, and a speaker is in one split only; there"
        f" {'is' if speakers == 1 else 'are'} {speakers}. Record more speakers, split one voice by"
        " its sentences (validation.unseen: {dev: [sentence], test: [sentence]}), or list only"
        f" {others} in validation.required_splits"
    )
