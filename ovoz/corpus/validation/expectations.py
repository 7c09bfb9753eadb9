"""Great Expectations: the suite run on a table. Slow to import (6 s).

Its Data Docs are not written: they ask CDNs for their styles, and count visitors by a pixel.
:mod:`ovoz.corpus.validation.page` shows the results.
"""

import logging
from collections.abc import Sequence
from typing import Any, Final

import great_expectations as gx
import pandas as pd
from great_expectations import expectations as gxe
from great_expectations.data_context.types.base import ProgressBarsConfig
from great_expectations.expectations.metadata_types import FailureSeverity

from ovoz.corpus.validation.config import Severity
from ovoz.corpus.validation.suite import CheckResult, ColumnCheck

_NAME: Final = "corpus"
_SEVERITIES: Final = {
    Severity.CRITICAL: FailureSeverity.CRITICAL,
    Severity.ERROR: FailureSeverity.WARNING,
    Severity.WARNING: FailureSeverity.INFO,
}
"""Ours to the library's own, which its report shows."""


def run_suite(table: pd.DataFrame, suite: Sequence[ColumnCheck]) -> list[CheckResult]:
    """The result of every check, in the order of ``suite``.

    Raises:
        RuntimeError: A check could not run.
    """
    logging.getLogger("great_expectations").setLevel(logging.ERROR)
    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = ProgressBarsConfig(globally=False)
    batch = (
        context.data_sources.add_pandas(_NAME)
        .add_dataframe_asset(_NAME)
        .add_batch_definition_whole_dataframe(_NAME)
        .get_batch({"dataframe": table})
    )
    expectations = gx.ExpectationSuite(name=_NAME)
    for check in suite:
        expectations.add_expectation(_expectation(check))
    run = batch.validate(
        expectations,
        result_format={
            "result_format": "COMPLETE",
            "unexpected_index_column_names": ["row"],
            "return_unexpected_index_query": False,
        },
    )
    return [
        CheckResult(check, _rows(check, result.result), _count_seen(result.result))
        for check, result in zip(suite, _ordered(suite, run), strict=True)
    ]


def _count_seen(result: dict[str, Any]) -> int:
    return int(result["element_count"]) - int(result.get("missing_count") or 0)


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
