"""Does the model that aligned two languages still understand them when they are spliced?

    python benchmarks/splicing.py WORKSPACE [--utterances N]

WORKSPACE is the folder of a finished run. Prints the word error of its model on monolingual
training utterances, on utterances spliced of them, and on the switched test utterances that were
never spliced, and what share of the spliced words keeps its language.
"""

import argparse
import tempfile
from pathlib import Path

from rich.console import Console
from rich.progress import track
from rich.table import Table

from ovoz.corpus.dataset import Dataset, accepted_rows
from ovoz.corpus.manifest import Split, Utterance
from ovoz.corpus.splicing import SpliceConfig, choose_utterances, splice
from ovoz.engine.artifact.storage import read_description
from ovoz.engine.corpus_alignment import align_utterances
from ovoz.engine.load import load_engine
from ovoz.engine.transcript import SupportsTranscribe
from ovoz.evaluation.hardware import describe_hardware
from ovoz.evaluation.metrics import Pair, score
from ovoz.progress import progress_bar
from ovoz.text.language import Language
from ovoz.workspace import Workspace


def figures(
    engine: SupportsTranscribe, dataset: Dataset, rows: list[Utterance], name: str
) -> list[str]:
    """A line of the table."""
    pairs = []
    for row in track(rows, name, transient=True):
        (transcript,) = engine.transcribe([dataset.samples(row)])
        pairs.append(Pair(reference=row.text, hypothesis=transcript.text, speaker=row.speaker))
    found = score(pairs).figures()
    names = ("wer", "cer", "switch_f1")
    shown = (f"{100 * found[one]:.1f} %" if one in found else "–" for one in names)
    return [name, str(len(rows)), *shown]


def main() -> None:
    """Align, splice, transcribe and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("workspace", type=Path)
    parser.add_argument("--utterances", type=int, default=200)
    arguments = parser.parse_args()
    workspace = Workspace(arguments.workspace)
    artifact, dataset = workspace.registered, accepted_rows(workspace)
    rows = dataset.rows()
    config = SpliceConfig(utterances=arguments.utterances, of_each=arguments.utterances)
    engine = load_engine(artifact)
    chosen = choose_utterances(rows, config)
    with progress_bar("aligning") as progress:
        placed = align_utterances(artifact, dataset, chosen, progress)
    good = [one for one in placed if one.score >= config.least_score]
    mixed = [one for one in rows if one.split is Split.TEST and one.languages is Language.MIXED]
    with tempfile.TemporaryDirectory() as scratch:
        spliced = splice(dataset, placed, Path(scratch) / "spliced", config)
        said = read_description(artifact).training_data
        table = Table("utterances", "number", "WER", "CER", "switch F1", title=f"{said}")
        table.add_row(*figures(engine, dataset, chosen, "monolingual, training"))
        table.add_row(*figures(engine, spliced, spliced.rows(), "spliced of them"))
        table.add_row(*figures(engine, dataset, mixed, "switched, test"))
    console = Console()
    console.print(table)
    seconds = sum(row.duration_s for row in spliced.rows())
    console.print(
        f"{len(good)} of {len(chosen)} align over {config.least_score} nats a frame;"
        f" {seconds / 60:.1f} minutes spliced; int8;"
        f" {describe_hardware(['onnxruntime', 'flashlight-text'])}"
    )


if __name__ == "__main__":
    main()
