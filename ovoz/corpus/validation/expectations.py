"""Great Expectations: the suite run on a table, and its Data Docs. Slow to import (6 s)."""

import logging
import shutil
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

import great_expectations as gx
import pandas as pd
from great_expectations import expectations as gxe
from great_expectations.checkpoint.actions import UpdateDataDocsAction
from great_expectations.data_context.types.base import ProgressBarsConfig
from great_expectations.expectations.metadata_types import FailureSeverity

from ovoz.corpus.validation.config import Severity
from ovoz.corpus.validation.suite import ColumnCheck

_NAME: Final = "corpus"
_SEVERITIES: Final = {
    Severity.CRITICAL: FailureSeverity.CRITICAL,
    Severity.ERROR: FailureSeverity.WARNING,
    Severity.WARNING: FailureSeverity.INFO,
}
"""Ours to the library's own, which its report shows."""


def failed_rows(
    table: pd.DataFrame, suite: Sequence[ColumnCheck], folder: Path
) -> list[list[tuple[int, Any]]]:
    """For each check the rows that fail it, with the value found.

    The report is written to ``folder / "data_docs"``.
    """
    logging.getLogger("great_expectations").setLevel(logging.ERROR)
    with TemporaryDirectory() as scratch:
        context = gx.get_context(mode="file", project_root_dir=scratch)
        context.variables.progress_bars = ProgressBarsConfig(globally=False)
        batch = (
            context.data_sources.add_pandas(_NAME)
            .add_dataframe_asset(_NAME)
            .add_batch_definition_whole_dataframe(_NAME)
        )
        expectations = context.suites.add(gx.ExpectationSuite(name=_NAME))
        for check in suite:
            expectations.add_expectation(_expectation(check))
        definition = context.validation_definitions.add(
            gx.ValidationDefinition(name=_NAME, data=batch, suite=expectations)
        )
        checkpoint = context.checkpoints.add(
            gx.Checkpoint(
                name=_NAME,
                validation_definitions=[definition],
                actions=[UpdateDataDocsAction(name="docs")],
                result_format={
                    "result_format": "COMPLETE",
                    "unexpected_index_column_names": ["row"],
                    "return_unexpected_index_query": False,
                },
            )
        )
        outcome = checkpoint.run(batch_parameters={"dataframe": table})
        docs = Path(scratch) / "gx" / "uncommitted" / "data_docs" / "local_site"
        shutil.copytree(docs, folder / "data_docs")
    (run,) = outcome.run_results.values()
    return [
        _rows(check, result.result)
        for check, result in zip(suite, _ordered(suite, run), strict=True)
    ]


def _expectation(check: ColumnCheck) -> Any:  # noqa: ANN401  (any class of the library)
    kind = getattr(gxe, check.expectation)
    meta = {"check": check.name.value, "severity": check.severity.value}
    return kind(
        column=check.column, meta=meta, severity=_SEVERITIES[check.severity], **check.arguments
    )


def _ordered(suite: Sequence[ColumnCheck], run: Any) -> list[Any]:  # noqa: ANN401
    """Results in the order of the checks."""
    by_name = {}
    for result in run.results:
        if result.exception_info.get("raised_exception", False):
            raise RuntimeError(f"a check could not run: {result.exception_info}")
        by_name[result.expectation_config.meta["check"]] = result
    return [by_name[check.name.value] for check in suite]


def _rows(check: ColumnCheck, result: dict[str, Any]) -> list[tuple[int, Any]]:
    found = result.get("unexpected_index_list") or []
    return [(int(one["row"]), one.get(check.column)) for one in found]
