"""How much of long recordings becomes utterances, and with the right words?

    python benchmarks/segmentation.py WORKSPACE [--minutes M] [--errors SHARE]

WORKSPACE is the folder of a finished run. Test clips are put one behind the other with pauses, as
one recording of M minutes whose transcript is theirs; a SHARE of its words is removed from the
transcript, as careless transcribers do. Prints what was kept, and how many of the kept
segments have exactly the words that were spoken in them.
"""

import argparse
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from rich.console import Console
from rich.table import Table

from ovoz.audio.signal import SAMPLE_RATE, Samples
from ovoz.corpus.dataset import Dataset, accepted_rows
from ovoz.corpus.manifest import Split, Utterance
from ovoz.corpus.segmentation import SegmentationConfig, SegmentText, divide_transcript
from ovoz.engine.artifact.storage import read_description
from ovoz.engine.corpus_alignment import find_spoken_stretches
from ovoz.engine.load import load_engine
from ovoz.evaluation.hardware import describe_hardware
from ovoz.workspace import Workspace

PAUSE_S = (0.7, 2.0)


def recording(dataset: Dataset, rows: list[Utterance]) -> Iterator[Samples]:
    """Clips and pauses; the same at every call."""
    rng = np.random.default_rng(1)
    for row in rows:
        yield dataset.samples(row)
        pause = rng.uniform(*PAUSE_S)
        yield (1e-4 * rng.standard_normal(round(pause * SAMPLE_RATE))).astype(np.float32)


def spoken(dataset: Dataset, rows: list[Utterance]) -> list[tuple[float, float, str]]:
    """Start, end and text of every clip of the recording."""
    pieces = [len(piece) / SAMPLE_RATE for piece in recording(dataset, rows)]
    edges = np.cumsum([0.0, *pieces])
    return [(edges[2 * i], edges[2 * i + 1], row.text) for i, row in enumerate(rows)]


def right(one: SegmentText, truth: list[tuple[float, float, str]]) -> bool:
    """Whether a segment has the words of the clips that lie in it."""
    inside = [
        text
        for start, end, text in truth
        if one.stretch.start_s < (start + end) / 2 < one.stretch.end_s
    ]
    return " ".join(inside) == one.text


def main() -> None:
    """Make a recording, segment it and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("workspace", type=Path)
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--errors", type=float, nargs="*", default=[0.0, 0.02, 0.1])
    arguments = parser.parse_args()
    workspace = Workspace(arguments.workspace)
    artifact, dataset = workspace.registered, accepted_rows(workspace)
    rows = dataset.rows(Split.TEST)
    order = np.random.default_rng(0).permutation(len(rows))
    chosen, length = [], 0.0
    for place in order:
        if length < 60 * arguments.minutes:
            chosen.append(rows[place])
            length += rows[place].duration_s + sum(PAUSE_S) / 2
    engine = load_engine(artifact)
    stretches = find_spoken_stretches(engine, recording(dataset, chosen))
    truth = spoken(dataset, chosen)
    speech_s = sum(end - start for start, end, _ in truth)
    console = Console()
    table = Table(
        "words missing", "segments", "kept", "kept speech", "exactly right",
        title=read_description(artifact).training_data,
    )  # fmt: skip
    for share in arguments.errors:
        rng = np.random.default_rng(2)
        words = " ".join(text for *_, text in truth).split()
        transcript = " ".join(word for word in words if rng.random() >= share)
        found = divide_transcript(stretches, transcript, SegmentationConfig())
        kept = [one for one in found if not one.fault]
        kept_s = sum(one.stretch.end_s - one.stretch.start_s for one in kept)
        table.add_row(
            f"{100 * share:.0f} %",
            str(len(found)),
            f"{100 * len(kept) / len(found):.0f} %",
            f"{100 * min(1.0, kept_s / speech_s):.0f} %",
            f"{100 * sum(right(one, truth) for one in kept) / max(1, len(kept)):.0f} %",
        )
    console.print(table)
    console.print(
        f"{length / 60:.1f} minutes of test clips in a row; int8;"
        f" {describe_hardware(['onnxruntime'])}"
    )


if __name__ == "__main__":
    main()
