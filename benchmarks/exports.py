"""Which export of a trained network is served, and why?

    python benchmarks/exports.py CHECKPOINT CORPUS [--device cpu] [--max-wer-loss 0.5]

Exports a checkpoint in every precision, transcribes clips of dev with each beside the trained
network, times them in turn in one process, and prints the table that the pipeline puts into the
report. The decoder is the demo's, with language models of the training split.
"""

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated

import torch
import typer
from rich.console import Console

from ovoz.audio.decode import decode
from ovoz.corpus.manifest import Split, read_manifest
from ovoz.decoding.config import DecoderConfig, DecoderKind
from ovoz.decoding.language_models import build_language_models, with_language_models
from ovoz.engine.artifact.description import ModelIdentity, Versions
from ovoz.engine.export.config import ExportConfig
from ovoz.engine.export.exporter import export
from ovoz.engine.precision import Device, Precision
from ovoz.evaluation.exports import choose_export
from ovoz.evaluation.tables import build_exports_table
from ovoz.evaluation.testsets import TestSet

IDENTITY = ModelIdentity(
    name="measured",
    versions=Versions(code="none", data="none", normalizer="none"),
    training_data="as its checkpoint",
)


def main(
    checkpoint: Annotated[Path, typer.Argument(help="Training checkpoint.")],
    corpus: Annotated[Path, typer.Argument(help="Folder with manifest.parquet and its audio.")],
    kind: Annotated[DecoderKind, typer.Option(help="Decoder.")] = DecoderKind.COMBINED,
    device: Annotated[Device, typer.Option()] = Device.CPU,
    max_wer_loss: Annotated[float, typer.Option(min=0, help="Points.")] = 0.5,
    calibration: Annotated[int, typer.Option(min=1, help="Training utterances.")] = 64,
    most: Annotated[int, typer.Option(min=1, help="Clips of dev.")] = 200,
) -> None:
    """Export, measure, choose, and print the table."""
    torch.set_num_threads(1)
    rows = read_manifest(corpus / "manifest.parquet")
    training = [row for row in rows if row.split is Split.TRAIN]
    dev = [row for row in rows if row.split is Split.DEV][:most]
    spread = training[:: max(1, len(training) // calibration)][:calibration]
    config = ExportConfig(
        precisions=tuple(Precision), device=device, max_wer_loss=max_wer_loss,
        calibration_utterances=calibration, scored_utterances=most,
    )  # fmt: skip
    with TemporaryDirectory() as name:
        scratch = Path(name)
        texts = [row.text for row in training]
        models = build_language_models(texts, scratch / "models").directory
        decoder = with_language_models(DecoderConfig(kind=kind, word_score=0.0), models)
        artifact = export(
            checkpoint,
            sorted({word for text in texts for word in text.split()}),
            scratch / "artifact",
            IDENTITY,
            decoder=decoder,
            precision=Precision.FP32,
            precisions=config.precisions,
            calibration=[decode(corpus / row.audio) for row in spread],
        )
        choice = choose_export(artifact, checkpoint, TestSet("dev", dev, corpus), config)
    console = Console()
    console.print(build_exports_table(choice))
    console.print(
        f"trained: WER {choice.trained_wer:.1%}, CER {choice.trained_cer:.1%};"
        f" {choice.timed_clips} clips timed on {choice.device.value}: {choice.measured_on}",
        highlight=False,
    )


if __name__ == "__main__":
    typer.run(main)
