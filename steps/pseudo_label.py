"""Transcribe recordings that nobody has, and keep what is good enough to train on."""

from pathlib import Path
from typing import Annotated

from zenml import log_metadata, step

from ovoz.corpus.dataset import Dataset
from ovoz.corpus.manifest import Split
from ovoz.corpus.pseudo_labels import PseudoLabelConfig, label_corpus
from ovoz.corpus.sources import Recorded, read_source
from ovoz.progress import progress_bar
from ovoz.registry.settings import RegistrySettings


@step(enable_cache=False)
def pseudo_label(
    recordings: Recorded,
    config: PseudoLabelConfig,
    dataset: Dataset,
    registry: RegistrySettings,
    folder: str,
) -> Annotated[str, "pseudo_labelled"]:
    """Write into ``folder`` what production and a second reader agree upon, as a manifest."""
    from ovoz.engine.corpus_labelling import load_two_readers
    from ovoz.registry.registry import Registry

    opened = Registry(registry)
    production = opened.resolve(opened.policy.production)
    read = load_two_readers(production.artifact)
    with progress_bar("recordings") as progress:
        read_source(recordings, Path(folder), progress)
    corpus, labelled_s = Dataset.in_folder(Path(folder)), dataset.duration_s(Split.TRAIN)
    with progress_bar("transcribing") as progress:
        labels = label_corpus(corpus, read, config, labelled_s, f"v{production.version}", progress)
    log_metadata({"kept": len(labels.kept), "refused": len(labels.refused)})
    return folder
