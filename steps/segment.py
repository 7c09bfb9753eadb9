"""Utterances out of long recordings that have a transcript of the whole."""

from functools import partial
from pathlib import Path
from typing import Annotated

from zenml import log_metadata, step

from ovoz.corpus.segment_cutting import cut_recordings
from ovoz.corpus.segmentation import SegmentationConfig
from ovoz.corpus.sources import Recorded
from ovoz.progress import progress_bar
from ovoz.registry.settings import RegistrySettings


@step(enable_cache=False)
def segment_recordings(
    recordings: Recorded, config: SegmentationConfig, registry: RegistrySettings, folder: str
) -> Annotated[str, "segmented"]:
    """Write ``folder``: the stretches in which production hears what the transcript says."""
    from ovoz.engine.corpus_alignment import find_spoken_stretches
    from ovoz.engine.load import load_engine
    from ovoz.registry.registry import Registry

    opened = Registry(registry)
    engine = load_engine(opened.resolve(opened.policy.production).artifact)
    find = partial(find_spoken_stretches, engine)
    with progress_bar("segmenting") as progress:
        counts = cut_recordings(recordings, Path(folder), config, find, progress)
    log_metadata({"kept": counts.kept, "refused": counts.refused})
    return folder
