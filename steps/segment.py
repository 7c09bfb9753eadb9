"""Utterances out of long recordings that have a transcript of the whole."""

from pathlib import Path
from typing import Annotated

from rich.progress import track
from zenml import log_metadata, step

from ovoz.audio.decode import stream
from ovoz.corpus.manifest import MANIFEST_FILE, Utterance, write_manifest
from ovoz.corpus.segmentation import SegmentationConfig, cut_utterances, segments
from ovoz.corpus.sources import Recorded
from ovoz.files import atomic_folder
from ovoz.registry.settings import RegistrySettings
from ovoz.text.pack import load_pack


@step(enable_cache=False)
def segment_recordings(
    recordings: Recorded,
    config: SegmentationConfig,
    registry: RegistrySettings,
    folder: str,
) -> Annotated[str, "segmented"]:
    """Write ``folder``: the stretches in which production hears what the transcript says."""
    from ovoz.engine.corpus_alignment import find_spoken_stretches
    from ovoz.engine.load import load_engine
    from ovoz.registry.registry import Registry

    opened = Registry(registry)
    engine = load_engine(opened.resolve(opened.policy.production).artifact)
    canonical = load_pack(recordings.pack).canonical

    rows: list[Utterance] = []
    refused: list[str] = []
    with atomic_folder(Path(folder)) as unfinished:
        (unfinished / "audio").mkdir()
        for recording in track(list(recordings.recordings()), "segmenting", transient=True):
            said = canonical(recording.text)
            parts = segments(find_spoken_stretches(engine, stream(recording.audio)), said, config)
            if not parts:
                refused.append(f"{recording.name}\t\t\tnothing was heard\n")
            sound = stream(recording.audio)
            rows += cut_utterances(recording, recordings, parts, sound, unfinished)
            refused += [
                f"{recording.name}\t{one.stretch.start_s:.2f}\t{one.stretch.end_s:.2f}\t{one.fault}\n"
                for one in parts
                if one.fault
            ]
        write_manifest(rows, unfinished / MANIFEST_FILE)
        table = "".join(["recording\tstart_s\tend_s\treason\n", *refused])
        (unfinished / "refused.tsv").write_text(table, "utf-8")
    log_metadata({"kept": len(rows), "refused": len(refused)})
    return folder
