"""How wide must the search over the lexicon be?

    python benchmarks/search_width.py ARTIFACT CORPUS

Tries ``decoder.beam_threshold`` (nats below the best hypothesis at which others are dropped) with
the artifact's own decoder on its own log-probabilities of dev, clean and in white noise at 10 dB.
What is dropped too early is never found again; what is kept too long costs time.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Final

import numpy as np
import typer
from rich.console import Console
from rich.table import Table

from benchmarks.open_vocabulary import Clip, Score, score
from ovoz.audio.decode import decode
from ovoz.audio.signal import Samples
from ovoz.corpus.manifest import Split, read_manifest
from ovoz.decoding.factory import build_decoder
from ovoz.decoding.lexicon_file import LEXICON_FILE, read_lexicon
from ovoz.engine.artifact.storage import read_description
from ovoz.engine.load import load_ctc_reader
from ovoz.engine.reader_factory import load_symbols
from ovoz.evaluation.hardware import describe_hardware

THRESHOLDS: Final = (5.0, 8.0, 10.0, 15.0, 20.0, 40.0)
SNR_DB: Final = 10.0
ROUNDS: Final = 3


def in_noise(samples: Samples, rng: np.random.Generator) -> Samples:
    """The signal with white noise :data:`SNR_DB` below it."""
    noise = rng.normal(0, 1, len(samples)).astype(np.float32)
    level = np.sqrt(np.mean(samples**2)) / 10 ** (SNR_DB / 20)
    noisy: Samples = samples + level * noise
    return noisy


def best_of(scores: Sequence[Score]) -> str:
    """Error rates, and the time of the fastest round: other work can only slow one down."""
    return f"{scores[0].wer:.2f} / {scores[0].cer:.2f} / {min(each.ms for each in scores):.2f}"


def main(
    artifact: Annotated[Path, typer.Argument(help="Directory of the exported model.")],
    corpus: Annotated[Path, typer.Argument(help="Folder with manifest.parquet and its audio.")],
    most: Annotated[int, typer.Option(min=1, help="Clips to use.")] = 150,
) -> None:
    """Score every width, and print the table."""
    rows = [row for row in read_manifest(corpus / "manifest.parquet") if row.split is Split.DEV]
    reader, rng = load_ctc_reader(artifact), np.random.default_rng(0)
    clean: list[Clip] = []
    noisy: list[Clip] = []
    for row in rows[:most]:
        samples = decode(corpus / row.audio)
        clean.append((row.text, reader.log_probs([samples])[0]))
        noisy.append((row.text, reader.log_probs([in_noise(samples, rng)])[0]))
    description = read_description(artifact)
    config = description.decoder.with_models_in(artifact)
    symbols, lexicon = load_symbols(artifact), read_lexicon(artifact / LEXICON_FILE)
    table = Table(
        "beam_threshold", "clean", f"noise, {SNR_DB:g} dB",
        title=f"{config.kind.value}, {len(clean)} clips of dev; {description.training_data};"
        " WER % / CER % / ms a clip",
        caption=f"{describe_hardware(['flashlight-text'])}; 1 thread",
    )  # fmt: skip
    for threshold in THRESHOLDS:
        wider = config.model_copy(update={"beam_threshold": threshold})
        decoder = build_decoder(wider, symbols, lexicon)
        cells = (
            best_of([score(decoder, clips) for _ in range(ROUNDS)]) for clips in (clean, noisy)
        )
        table.add_row(f"{threshold:g}", *cells)
    Console().print(table)


if __name__ == "__main__":
    typer.run(main)
