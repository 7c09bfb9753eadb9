"""What does the attention head of a hybrid network add to its CTC head?

    python benchmarks/rescoring.py CHECKPOINT CORPUS [--kind combined] [--n-best 8]

Searches every clip of dev once, has the attention head judge the readings, and tries weights
(``decoder.attention_weight``) on the result: 0 is the CTC search alone. The weight that is best on
dev is then scored on the splits test and open, beside 0, with the time that reading and judging
take. Language models are built from the transcripts of the training split, as the pipeline does.
"""

import time
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated

import torch
import typer
from rich.console import Console
from rich.table import Table

from ovoz.corpus.manifest import Split, Utterance, read_manifest
from ovoz.decoding.config import DecoderConfig, DecoderKind
from ovoz.decoding.language_models import build_language_models, with_language_models
from ovoz.engine.checkpoint_engine import load_trained_engine
from ovoz.engine.readers.rescoring import RescoringReader
from ovoz.evaluation.hardware import describe_hardware
from ovoz.evaluation.rescoring import choose_weight, rescore_clips, score_weights
from ovoz.evaluation.testsets import TestSet


def load_reader(
    checkpoint: Path, corpus: list[Utterance], decoder: DecoderConfig, scratch: Path
) -> RescoringReader:
    """The trained network with language models and lexicon of the training split."""
    texts = [row.text for row in corpus if row.split is Split.TRAIN]
    models = build_language_models(texts, scratch).directory
    lexicon = sorted({word for text in texts for word in text.split()})
    reader = load_trained_engine(checkpoint, with_language_models(decoder, models), lexicon).reader
    if not isinstance(reader, RescoringReader):
        raise typer.BadParameter(f"{checkpoint} has no attention head that could judge")
    return reader


def split_of(corpus: list[Utterance], split: Split, root: Path, most: int) -> TestSet:
    """The first clips of a split."""
    return TestSet(split.value, [row for row in corpus if row.split is split][:most], root)


def main(
    checkpoint: Annotated[Path, typer.Argument(help="Training checkpoint of a hybrid network.")],
    corpus: Annotated[Path, typer.Argument(help="Folder with manifest.parquet and its audio.")],
    kind: Annotated[DecoderKind, typer.Option()] = DecoderKind.COMBINED,
    n_best: Annotated[int, typer.Option(min=2, help="Readings that are judged.")] = 8,
    most: Annotated[int, typer.Option(min=1, help="Clips of a split to use.")] = 500,
    threads: Annotated[int, typer.Option(min=1)] = 1,
) -> None:
    """Look for the weight on dev, score it on test, and print both tables."""
    torch.set_num_threads(threads)
    console = Console()
    rows = read_manifest(corpus / "manifest.parquet")
    decoder = DecoderConfig(kind=kind, word_score=0.0, attention_weight=1.0, n_best=n_best)
    with TemporaryDirectory() as scratch:
        reader = load_reader(checkpoint, rows, decoder, Path(scratch))
        dev = rescore_clips(reader, split_of(rows, Split.DEV, corpus, most))
        best = choose_weight(score_weights(dev))
        held_out = [split_of(rows, each, corpus, most) for each in (Split.TEST, Split.OPEN)]
        started = time.perf_counter()
        judged = {each.name: rescore_clips(reader, each) for each in held_out if each.utterances}
        clips = sum(map(len, judged.values()))
        taken_ms = 1000 * (time.perf_counter() - started) / clips
    table = Table(
        title=f"{kind.value}, {n_best} readings; {len(dev)} clips of dev, {clips} held out",
        caption=f"{describe_hardware(['torch'])}; {threads} thread(s);"
        f" {taken_ms:.0f} ms a clip held out",
    )
    for title in ("split", "weight", "WER", "CER"):
        table.add_column(title, justify="left" if title == "split" else "right")
    found = [("dev", one) for one in score_weights(dev)]
    for name, clips_of in judged.items():
        found += [(name, one) for one in score_weights(clips_of, sorted({0.0, best.weight}))]
    for split, one in found:
        mark = " (best)" if one.weight == best.weight else ""
        table.add_row(split, f"{one.weight:g}{mark}", f"{one.wer:.2%}", f"{one.cer:.2%}")
    console.print(table)


if __name__ == "__main__":
    typer.run(main)
