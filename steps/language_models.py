"""The language models of the decoder."""

from pathlib import Path
from typing import Annotated

from rich.console import Console
from zenml import log_metadata, step

from ovoz.corpus.dataset import Dataset
from ovoz.corpus.manifest import Split
from ovoz.corpus.plain_text import TextFile
from ovoz.decoding.language_models import NgramConfig
from ovoz.workspace import Workspace
from steps.code import depends_on


@step(cache_policy=depends_on(__name__))
def language_models(
    dataset: Dataset,
    ngrams: NgramConfig,
    text: list[TextFile],
    digests: list[str],  # noqa: ARG001  (for ZenML's cache: a file that changed is read again)
    pack: str,
) -> Annotated[Path, "language_models"]:
    """Estimate word and character n-grams of the training transcripts and of plain text."""
    from ovoz.corpus.plain_text import read_plain_text
    from ovoz.decoding.language_models import build_language_models
    from ovoz.text.pack import load_pack

    held_out = [*dataset.texts(Split.DEV), *dataset.texts(Split.TEST)]
    with Console().status("reading text and estimating n-grams"):
        others = [read_plain_text(file, held_out, load_pack(pack)) for file in text]
        built = build_language_models(
            dataset.texts(Split.TRAIN),
            Workspace().language_models,
            ngrams,
            [other.sentences for other in others],
        )
    for other, weight in zip(others, built.weights[1:], strict=True):
        log_metadata({other.path.name: other.summarize() | {"weight": weight}})
        Console().print(f"  {other}, weight {weight:.2f}", highlight=False)
    return built.directory
