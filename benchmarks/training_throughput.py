"""How many hours of audio does an hour of training read, and how long does it wait for them?

    python benchmarks/training_throughput.py [--size tiny|base|small] [--steps 20]

The clips are of 3 to 10 seconds, with random samples and random letters: speed only, nothing is
learned. Both systems see the same clips with an encoder of the same size, in the same arithmetic:

- Ovoz: its own trainer, clips at their true length in batches of like length, CTC head.
- plain: the usual fine-tuning loop with Hugging Face's Whisper, every clip padded to 30 seconds,
  as many clips a batch, cross-entropy of the decoder.
"""

import argparse
import string
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final, cast

import numpy as np
import torch
from rich.console import Console
from rich.table import Table
from torch.utils.data import DataLoader, Dataset
from transformers import WhisperConfig, WhisperFeatureExtractor, WhisperForConditionalGeneration

from ovoz.audio.decode import decode
from ovoz.audio.encode import write_flac
from ovoz.audio.signal import SAMPLE_RATE
from ovoz.corpus.manifest import Condition, Dialect, Split, Utterance
from ovoz.evaluation.hardware import describe_hardware
from ovoz.model.config import NetworkConfig
from ovoz.model.tokenizer import CharTokenizer
from ovoz.text.language import Language
from ovoz.training.config import StageConfig, TrainingConfig, TrainingPrecision
from ovoz.training.stage import train_stage

SIZES: Final = {"tiny": (384, 4, 6), "base": (512, 6, 8), "small": (768, 12, 12)}
"""Width, layers and attention heads of Whisper's released sizes."""

CLIPS: Final = 256
LETTERS_PER_S: Final = 12


@dataclass(frozen=True)
class Speed:
    """Audio hours an hour, and the share of time that steps waited for data."""

    hours: float
    waited: float


def make_clips(folder: Path, seed: int = 0) -> list[Utterance]:
    """Noise of 3 to 10 s with random letters as transcripts."""
    rng = np.random.default_rng(seed)
    rows = []
    for number in range(CLIPS):
        duration_s = float(rng.uniform(3, 10))
        samples = rng.normal(0, 0.05, round(duration_s * SAMPLE_RATE)).astype(np.float32)
        write_flac(folder / f"{number}.flac", samples)
        letters = rng.choice(list(string.ascii_lowercase), round(LETTERS_PER_S * duration_s))
        rows.append(
            Utterance(
                id=str(number),
                audio=f"{number}.flac",
                sha256=f"{number:064x}",
                duration_s=len(samples) / SAMPLE_RATE,
                text="".join(letters),
                raw_text="",
                languages=Language.UZBEK,
                dialect=Dialect.UNKNOWN,
                speaker=f"s{number}",
                source="noise",
                licence="CC0-1.0",
                consent="none needed",
                split=Split.DEV if number < 2 else Split.TRAIN,
                condition=Condition.CLEAN,
                snr_db=0.0,
                rms_dbfs=-26.0,
                clipped_ratio=0.0,
                bandwidth_hz=8000.0,
                speech_ratio=0.0,
            )
        )
    return rows


def ovoz(rows: list[Utterance], root: Path, options: argparse.Namespace) -> Speed:
    """Speed of Ovoz's trainer."""
    width, layers, heads = SIZES[options.size]
    config = TrainingConfig(
        network=NetworkConfig(d_model=width, layers=layers, heads=heads, hop=160),
        batch_frames=options.batch * 1000,
        precision=TrainingPrecision.BF16,
        workers=options.workers,
        evaluate_every=10**6,
        checkpoint_every=10**6,
        dev_utterances=2,
    )
    stage = StageConfig(name="speed", steps=options.steps, learning_rate=1e-5)
    tokenizer = CharTokenizer.from_alphabet(string.ascii_lowercase)
    result = train_stage(stage, config, rows, root, root / "work", None, tokenizer=tokenizer)
    return Speed(result.audio_s / result.seconds, result.data_wait_share)


def plain(rows: list[Utterance], root: Path, options: argparse.Namespace) -> Speed:
    """Speed of the loop that most fine-tuning scripts are."""
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    model: torch.nn.Module = WhisperForConditionalGeneration(_whisper(options.size))
    model.to(device).train()
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-5)
    extractor = WhisperFeatureExtractor(feature_size=80)

    def collate(batch: Sequence[Utterance]) -> tuple[torch.Tensor, torch.Tensor, float]:
        signals = [decode(root / row.audio) for row in batch]
        features = extractor(signals, sampling_rate=SAMPLE_RATE, return_tensors="pt")
        # Byte pairs of Whisper's vocabulary hold about two letters of Uzbek each.
        longest = max(len(row.text) for row in batch) // 2
        labels = torch.full((len(batch), longest), 100)
        return features.input_features, labels, sum(row.duration_s for row in batch)

    train = [row for row in rows if row.split is Split.TRAIN]
    # A list is a dataset to torch, though not to its annotations.
    loader: DataLoader[Utterance] = DataLoader(
        cast("Dataset[Utterance]", train),
        batch_size=options.batch,
        collate_fn=collate,
        num_workers=options.workers,
    )
    audio_s = waited_s = 0.0
    batches = _again_and_again(loader)
    started = time.perf_counter()
    for _ in range(options.steps):
        asked = time.perf_counter()
        features, labels, seconds = next(batches)
        waited_s += time.perf_counter() - asked
        with torch.autocast(device.type, torch.bfloat16):
            loss = model(input_features=features.to(device), labels=labels.to(device)).loss
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        optimizer.zero_grad()
        audio_s += seconds
    if device.type == "cuda":
        torch.cuda.synchronize()
    seconds = time.perf_counter() - started
    return Speed(audio_s / seconds, waited_s / seconds)


def _again_and_again(
    loader: DataLoader[Utterance],
) -> Iterator[tuple[torch.Tensor, torch.Tensor, float]]:
    while True:
        yield from loader


def _whisper(size: str) -> WhisperConfig:
    width, layers, heads = SIZES[size]
    return WhisperConfig(
        d_model=width, encoder_layers=layers, decoder_layers=layers,
        encoder_attention_heads=heads, decoder_attention_heads=heads,
        encoder_ffn_dim=4 * width, decoder_ffn_dim=4 * width, vocab_size=51865,
    )  # fmt: skip


def main() -> None:
    """Measure both, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--size", choices=SIZES, default="tiny")
    parser.add_argument("--steps", type=int, default=20)
    parser.add_argument("--batch", type=int, default=8, help="clips of 10 s a batch")
    parser.add_argument("--workers", type=int, default=1)
    options = parser.parse_args()
    with TemporaryDirectory() as scratch:
        rows = make_clips(Path(scratch))
        measured = {
            "Ovoz, true length, CTC": ovoz(rows, Path(scratch), options),
            "plain loop, padded to 30 s, decoder": plain(rows, Path(scratch), options),
        }
    gpu = f"{torch.cuda.get_device_name()}, " if torch.cuda.is_available() else ""
    table = Table(
        title=f"Training an encoder of Whisper {options.size}'s size, clips of 3 to 10 s",
        caption=f"{gpu}{describe_hardware(['torch', 'transformers'])};"
        f" {torch.get_num_threads()} threads, bf16 autocast, {options.workers} loader(s)",
    )
    for heading in ("trainer", "audio h per h", "waits for data", "ratio"):
        table.add_column(heading, justify="left" if heading == "trainer" else "right")
    slowest = min(speed.hours for speed in measured.values())
    for name, speed in measured.items():
        ratio = f"{speed.hours / slowest:.1f}"
        table.add_row(name, f"{speed.hours:.1f}", f"{100 * speed.waited:.1f} %", ratio)
    Console().print(table)


if __name__ == "__main__":
    main()
