"""The language models of the decoder."""

from pathlib import Path
from typing import Annotated

from zenml import step

from ovoz.corpus.dataset import Dataset
from ovoz.corpus.manifest import Split
from ovoz.workspace import Workspace
from steps.code import depends_on


@step(cache_policy=depends_on(__name__))
def language_models(dataset: Dataset) -> Annotated[Path, "language_models"]:
    """Estimate word and character n-grams of the training transcripts."""
    from ovoz.decoding.language_models import build_language_models

    return build_language_models(dataset.texts(Split.TRAIN), Workspace().language_models)
