"""Switched utterances out of monolingual ones, aligned by the model in production."""

from pathlib import Path
from typing import Annotated

from zenml import log_metadata, step

from ovoz.corpus.dataset import Dataset
from ovoz.corpus.splicing import SpliceConfig, choose_utterances, splice
from ovoz.progress import progress_bar
from ovoz.registry.settings import RegistrySettings
from ovoz.text.pack import load_pack


@step(enable_cache=False)
def splice_languages(
    dataset: Dataset, config: SpliceConfig, pack: str, registry: RegistrySettings, folder: str
) -> Annotated[str, "spliced"]:
    """Write ``folder``: phrases of one language inside sentences of the other."""
    from ovoz.engine.corpus_alignment import align_utterances
    from ovoz.registry.registry import Registry

    opened = Registry(registry)
    artifact = opened.resolve(opened.policy.production).artifact
    rows, label = choose_utterances(dataset.rows(), config), load_pack(pack).transcript_languages
    with progress_bar("aligning") as progress:
        aligned = align_utterances(artifact, dataset, rows, progress)
    log_metadata({"aligned": len(aligned), "not_alignable": len(rows) - len(aligned)})
    with progress_bar("splicing", config.utterances) as progress:
        splice(dataset, aligned, Path(folder), config, progress, label)
    return folder
