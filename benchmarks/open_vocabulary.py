"""How far do language models help with words that training never had?

    python benchmarks/open_vocabulary.py ARTIFACT CORPUS [--tune]

Scores every decoder on the splits dev, test and open of a corpus folder, over the same
log-probabilities of the artifact's served encoder. The language models are built from the
transcripts of the training split, as the pipeline does.

``--tune`` looks for weights on the dev split alone. Its words are all known, so every setting is
scored twice: as it is, and with a fifth of the word types withheld from lexicon and language
models, which makes unknown words of them; the mean of both character error rates decides.
"""

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256
from itertools import product
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated

import jiwer
import typer
from rich.console import Console
from rich.table import Table

from ovoz.audio.decode import decode
from ovoz.corpus.manifest import Split, Utterance, read_manifest
from ovoz.decoding.config import DecoderConfig, DecoderKind
from ovoz.decoding.ctc_path import LogProbs
from ovoz.decoding.factory import build_decoder
from ovoz.decoding.hypothesis import Decoder
from ovoz.decoding.language_models import build_language_models, with_language_models
from ovoz.engine.artifact.storage import read_description
from ovoz.engine.load import load_ctc_reader
from ovoz.engine.reader_factory import load_symbols
from ovoz.evaluation.hardware import describe_hardware

CHARACTER_WEIGHTS = (1.0, 1.4, 1.8)
MARGINS = (0.2, 0.3, 0.4, 0.5)
WORD_WEIGHTS = (0.3, 0.5, 0.8)
WITHHELD = 5
"""One word type in so many is withheld while tuning."""

Clip = tuple[str, LogProbs]


@dataclass(frozen=True, slots=True)
class Score:
    """Error rates in percent, milliseconds of decoding a clip."""

    cer: float
    wer: float
    ms: float


def score(decoder: Decoder, clips: Sequence[Clip]) -> Score:
    """Error rates of one decoder on clips."""
    start = time.perf_counter()
    heard = [" ".join(word.text for word in decoder.decode(rows)) for _, rows in clips]
    taken = time.perf_counter() - start
    said = [text for text, _ in clips]
    return Score(
        100 * jiwer.cer(said, heard), 100 * jiwer.wer(said, heard), 1000 * taken / len(clips)
    )


def heard(artifact: Path, corpus: Path, rows: Sequence[Utterance]) -> dict[Split, list[Clip]]:
    """Reference and log-probabilities of every clip outside the training split."""
    reader = load_ctc_reader(artifact)
    clips: dict[Split, list[Clip]] = {}
    for row in rows:
        if row.split is not Split.TRAIN:
            (log_probs,) = reader.log_probs([decode(corpus / row.audio)])
            clips.setdefault(row.split, []).append((row.text, log_probs))
    return clips


def words_of(texts: Sequence[str]) -> list[str]:
    """The word types of texts."""
    return sorted({word for text in texts for word in text.split()})


def withheld(word: str) -> bool:
    """Whether a word is taken out while tuning: the same ones every time."""
    return sha256(word.encode()).digest()[0] % WITHHELD == 0


def tune(
    symbols: Sequence[str], texts: Sequence[str], dev: Sequence[Clip], base: DecoderConfig
) -> tuple[DecoderConfig, Table]:
    """The best setting on dev, and the five best ones as a table."""
    fewer = [text for text in texts if not any(map(withheld, text.split()))]
    results = []
    with TemporaryDirectory() as folder:
        whole = build_language_models(texts, Path(folder) / "whole").directory
        part = build_language_models(fewer, Path(folder) / "part").directory
        for config in settings(base):
            scores = [
                score(build_decoder(with_language_models(config, models), symbols, known), dev)
                for models, known in ((whole, words_of(texts)), (part, words_of(fewer)))
            ]
            results.append((sum(each.cer for each in scores) / 2, config, scores))
    results.sort(key=lambda result: result[0])
    table = Table(
        "word weight", "character weight", "margin", "CER dev", "CER dev, a fifth unknown"
    )
    for _, config, (closed, opened) in results[:5]:
        weights = (config.language_model_weight, config.character_weight, config.lexicon_margin)
        table.add_row(*map(str, weights), f"{closed.cer:.2f}", f"{opened.cer:.2f}")
    return results[0][1], table


def settings(base: DecoderConfig) -> Iterator[DecoderConfig]:
    """Settings to try."""
    for words, characters, margin in product(WORD_WEIGHTS, CHARACTER_WEIGHTS, MARGINS):
        weights = {"language_model_weight": words, "character_weight": characters}
        yield base.model_copy(update={**weights, "lexicon_margin": margin})


def main(
    artifact: Annotated[Path, typer.Argument(help="Directory of the exported model.")],
    corpus: Annotated[Path, typer.Argument(help="Folder with manifest.parquet and its audio.")],
    tuned: Annotated[bool, typer.Option("--tune", help="Look for weights on dev first.")] = False,
) -> None:
    """Score every decoder on dev, test and open, and print the table."""
    console = Console()
    rows = read_manifest(corpus / "manifest.parquet")
    texts = [row.text for row in rows if row.split is Split.TRAIN]
    symbols = load_symbols(artifact)
    clips = heard(artifact, corpus, rows)
    config = DecoderConfig(kind=DecoderKind.COMBINED, word_score=0.0)
    if tuned:
        config, table = tune(symbols, texts, clips[Split.DEV], config)
        console.print(table)
    description = read_description(artifact)
    table = Table(
        title=f"{description.training_data}; {description.model_version};"
        " CER % / WER % / ms a clip",
        caption=f"{describe_hardware(['flashlight-text'])}; 1 thread",
    )
    splits = [split for split in (Split.DEV, Split.TEST, Split.OPEN) if split in clips]
    for title in ("decoder", *(f"{split.value} ({len(clips[split])})" for split in splits)):
        table.add_column(title)
    with TemporaryDirectory() as folder:
        models = build_language_models(texts, Path(folder) / "models").directory
        for kind in DecoderKind:
            if kind is DecoderKind.ATTENTION:  # no reading of log-probabilities
                continue
            chosen = with_language_models(config.model_copy(update={"kind": kind}), models)
            decoder = build_decoder(chosen, symbols, words_of(texts))
            scores = [score(decoder, clips[split]) for split in splits]
            cells = [f"{each.cer:.2f} / {each.wer:.1f} / {each.ms:.1f}" for each in scores]
            table.add_row(kind.value, *cells)
    console.print(table)


if __name__ == "__main__":
    typer.run(main)
