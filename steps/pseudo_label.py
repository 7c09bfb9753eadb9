"""Transcribe recordings that nobody has, and keep what is good enough to train on."""

from pathlib import Path
from typing import Annotated

from rich.progress import track
from zenml import log_metadata, step

from ovoz.audio.decode import decode
from ovoz.corpus.dataset import Dataset
from ovoz.corpus.manifest import Split, Utterance, read_manifest, write_manifest
from ovoz.corpus.pseudo_labels import LABELLED, PseudoLabelConfig, Reading, pseudo_labels
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
    """Write into ``folder`` what production and a second reading agree upon, as a manifest.

    The second reading is that of the other head where the model has two, else the best path.
    """
    from ovoz.engine.load import choose_second_decoder, load_engine
    from ovoz.registry.registry import Registry

    opened = Registry(registry)
    production = opened.resolve(opened.policy.production)
    served = load_engine(production.artifact)
    other = load_engine(production.artifact, decoder=choose_second_decoder(production.artifact))
    with progress_bar("recordings") as progress:
        manifest = read_source(recordings, Path(folder), progress)

    def read(row: Utterance) -> Reading:
        samples = decode(manifest.parent / row.audio)
        first, second = (engine.transcribe([samples])[0] for engine in (served, other))
        return Reading(row, first.text, first.language, first.confidence, second.text)

    heard = [row for row in read_manifest(manifest) if row.duration_s > 0]
    readings = [read(row) for row in track(heard, "transcribing", transient=True)]
    labelled_s = sum(row.duration_s for row in dataset.rows(Split.TRAIN))
    chosen = pseudo_labels(readings, config, labelled_s, f"v{production.version}")
    log_metadata({"kept": len(chosen.kept), "refused": len(chosen.refused)})
    write_manifest(chosen.kept, manifest.with_name(LABELLED))
    lines = [f"{name}\t{reason}\n" for name, reason in sorted(chosen.refused.items())]
    manifest.with_name("refused.tsv").write_text("".join(["id\treason\n", *lines]), "utf-8")
    return folder
