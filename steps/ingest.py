"""Bring a corpus into one folder with one manifest."""

from pathlib import Path
from typing import Annotated

from rich.console import Console
from rich.progress import Progress
from zenml import log_metadata, step

from ovoz.corpus.ingestion import brought
from ovoz.corpus.sources import SourceConfig, read_source


@step(enable_cache=False)
def ingest(config: SourceConfig, folder: str) -> Annotated[str, "corpus_folder"]:
    """Write the corpus into ``folder``; at once when it is there already."""
    with Progress(transient=True) as bar:
        task = bar.add_task("utterances", total=None)
        read_source(
            config, Path(folder), lambda done, total: bar.update(task, completed=done, total=total)
        )
    counted = brought(Path(folder))
    if counted:
        log_metadata({**counted})
        Console().print(", ".join(f"{name} {count}" for name, count in counted.items()))
    return folder
