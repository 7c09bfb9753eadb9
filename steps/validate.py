"""The check of the corpus; rows that fail are set aside."""

from pathlib import Path
from typing import Annotated, Final

from rich.console import Console
from rich.markdown import Markdown
from zenml import log_metadata, step

from ovoz.corpus.dataset import Dataset
from ovoz.corpus.validation import CorpusRejectedError, ValidationConfig
from ovoz.corpus.validation import validate as validate_rows
from ovoz.corpus.validation.publication import publish_validation
from ovoz.progress import progress_bar
from ovoz.workspace import Workspace
from steps.code import depends_on

_SHOWN: Final = 20
"""Rows set aside that the console shows; ``dropped.csv`` has all."""


@step(cache_policy=depends_on(__name__))
def validate(
    corpus: Dataset, config: ValidationConfig
) -> tuple[Annotated[Dataset, "accepted"], Annotated[Path, "validation_report"]]:
    """Check every row; hand on the accepted rows, and the report with those in quarantine."""
    try:
        with progress_bar("checking audio") as progress:
            result = validate_rows(
                corpus, Workspace().validation, config, progress, Workspace().heard
            )
    except CorpusRejectedError:
        publish_validation(Workspace().validation)  # not the reports of the corpus before it
        raise
    for row in result.quarantined[:_SHOWN]:
        Console().print(f"  set aside: {row}", highlight=False, markup=False)
    if len(result.quarantined) > _SHOWN:
        Console().print(f"  set aside: {len(result.quarantined) - _SHOWN} more")
    Console().print(Markdown((result.folder / "summary.md").read_text("utf-8")))
    log_metadata(
        {
            "accepted": result.accepted,
            "quarantined": len(result.quarantined),
            "warnings": len(result.warnings),
        }
    )
    return result.dataset, result.folder
