"""The corpus under DVC."""

from pathlib import Path
from typing import Annotated

from zenml import log_metadata, step

from ovoz.corpus.dataset import Dataset
from steps.data_versions import version_folder


@step(enable_cache=False)
def version_data(folder: str) -> Annotated[Dataset, "corpus"]:
    """Record the corpus in ``<folder>.dvc`` and copy it to the default remote."""
    version = version_folder(Path(folder))
    log_metadata({"data_version": version})
    return Dataset.in_folder(Path(folder), version)
