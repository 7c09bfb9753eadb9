"""Switched utterances out of monolingual ones, aligned by the model in production."""

from pathlib import Path
from typing import Annotated

from rich.progress import Progress, track
from zenml import log_metadata, step

from ovoz.corpus.dataset import CorpusVersion
from ovoz.corpus.manifest import read_manifest
from ovoz.corpus.splicing import SpliceConfig, candidates, splice
from ovoz.registry.settings import RegistrySettings
from ovoz.text.pack import load_pack


@step(enable_cache=False)
def splice_languages(
    corpus: CorpusVersion,
    accepted: Path,
    config: SpliceConfig,
    pack: str,
    registry: RegistrySettings,
    folder: str,
) -> Annotated[str, "spliced"]:
    """Write ``folder``: phrases of one language inside sentences of the other."""
    from ovoz.decoding.forced_alignment import Aligner
    from ovoz.engine.alignment import align_utterances
    from ovoz.engine.load import load_ctc_reader, load_symbols
    from ovoz.registry.registry import Registry

    opened = Registry(registry)
    artifact = opened.resolve(opened.policy.production).artifact
    reader, aligner = load_ctc_reader(artifact), Aligner(load_symbols(artifact))
    root = Path(corpus.folder)

    rows = candidates(read_manifest(accepted / "manifest.parquet"), config)
    shown = track(rows, "aligning", transient=True)
    placed = list(align_utterances(reader, aligner, shown, root))
    log_metadata({"aligned": len(placed), "not_alignable": len(rows) - len(placed)})
    with Progress(transient=True) as bar:
        task = bar.add_task("splicing", total=config.utterances)
        splice(
            placed,
            root,
            Path(folder),
            config,
            lambda done, _total: bar.update(task, completed=done),
            load_pack(pack).word_language,
        )
    return folder
