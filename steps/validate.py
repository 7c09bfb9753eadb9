"""Check the corpus; set aside the rows that fail."""

from pathlib import Path
from typing import Annotated

from rich.console import Console
from rich.progress import Progress
from zenml import log_metadata, step

from ovoz.corpus.dataset import CorpusVersion
from ovoz.corpus.validation import ValidationConfig
from ovoz.corpus.validation import validate as judge
from steps.code import depends_on


@step(cache_policy=depends_on(__name__))
def validate(corpus: CorpusVersion, config: ValidationConfig) -> Annotated[Path, "accepted"]:
    """Judge every row; the folder given on holds the accepted rows and those in quarantine."""
    with Progress(transient=True) as bar:
        task = bar.add_task("checking audio", total=None)
        result = judge(
            corpus.manifest,
            Path(".ovoz/validation"),
            config,
            lambda done, total: bar.update(task, completed=done, total=total),
        )
    for row in result.quarantined:
        Console().print(f"  set aside: {row}", highlight=False)
    log_metadata(
        {
            "accepted": result.accepted,
            "quarantined": len(result.quarantined),
            "warnings": len(result.warnings),
        }
    )
    return result.folder
