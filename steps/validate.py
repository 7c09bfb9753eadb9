"""The check of the corpus; rows that fail are set aside."""

from pathlib import Path
from typing import Annotated

from rich.console import Console
from zenml import log_metadata, step

from ovoz.corpus.dataset import Dataset
from ovoz.corpus.validation import ValidationConfig
from ovoz.corpus.validation import validate as validate_rows
from ovoz.progress import progress_bar
from ovoz.workspace import Workspace
from steps.code import depends_on


@step(cache_policy=depends_on(__name__))
def validate(
    corpus: Dataset, config: ValidationConfig
) -> tuple[Annotated[Dataset, "accepted"], Annotated[Path, "validation_report"]]:
    """Check every row; hand on the accepted rows, and the report with those in quarantine."""
    with progress_bar("checking audio") as progress:
        result = validate_rows(corpus, Workspace().validation, config, progress)
    for row in result.quarantined:
        Console().print(f"  set aside: {row}", highlight=False)
    log_metadata(
        {
            "accepted": result.accepted,
            "quarantined": len(result.quarantined),
            "warnings": len(result.warnings),
        }
    )
    return result.dataset, result.folder
