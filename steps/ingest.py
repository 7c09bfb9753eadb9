"""A corpus in one folder with one manifest."""

from pathlib import Path
from typing import Annotated

from rich.console import Console
from zenml import log_metadata, step

from ovoz.corpus.corpus_record import read_ingestion_counts
from ovoz.corpus.sources import SourceConfig, read_source
from ovoz.progress import progress_bar


@step(enable_cache=False)
def ingest(config: SourceConfig, folder: str) -> Annotated[str, "corpus_folder"]:
    """Write the corpus into ``folder``; returns at once when it is there already."""
    with progress_bar("utterances") as progress:
        read_source(config, Path(folder), progress)
    counted = read_ingestion_counts(Path(folder))
    if counted:
        log_metadata({**counted})
        Console().print(
            ", ".join(f"{name} {count}" for name, count in counted.items()), markup=False
        )
    return folder
