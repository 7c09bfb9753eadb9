"""Switched utterances out of monolingual ones, aligned by the model in production."""

from pathlib import Path
from typing import Annotated

from rich.progress import track
from zenml import log_metadata, step

from ovoz.corpus.dataset import Dataset
from ovoz.corpus.splicing import SpliceConfig, candidates, splice
from ovoz.progress import progress_bar
from ovoz.registry.settings import RegistrySettings
from ovoz.text.pack import load_pack


@step(enable_cache=False)
def splice_languages(
    dataset: Dataset,
    config: SpliceConfig,
    pack: str,
    registry: RegistrySettings,
    folder: str,
) -> Annotated[str, "spliced"]:
    """Write ``folder``: phrases of one language inside sentences of the other."""
    from ovoz.decoding.forced_alignment import Aligner
    from ovoz.engine.corpus_alignment import align_utterances
    from ovoz.engine.load import load_ctc_reader, load_symbols
    from ovoz.registry.registry import Registry

    opened = Registry(registry)
    artifact = opened.resolve(opened.policy.production).artifact
    reader, aligner = load_ctc_reader(artifact), Aligner(load_symbols(artifact))

    rows = candidates(dataset.rows(), config)
    shown = track(rows, "aligning", transient=True)
    placed = list(align_utterances(reader, aligner, dataset, shown))
    log_metadata({"aligned": len(placed), "not_alignable": len(rows) - len(placed)})
    with progress_bar("splicing", config.utterances) as progress:
        label = load_pack(pack).word_language
        splice(dataset, placed, Path(folder), config, progress, label)
    return folder
