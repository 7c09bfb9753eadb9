"""How many hours of audio does an hour of training read, and how long does it wait for them?

    python benchmarks/training_throughput.py [--size tiny|base|small] [--frozen 4] [--steps 20]

The clips are of 3 to 10 seconds, with random samples and random letters: speed only, nothing is
learned. All systems see the same clips with an encoder of the same size, in the same arithmetic,
each in a process of its own, whose largest memory is shown. Hours of audio are counted by the
clock, and by the time of cores, which neighbours on the machine change less (with ``--threads 1``;
threads that wait for others spin). The systems:

- Ovoz: its own trainer, clips at their true length in batches of like length, CTC head. With
  ``--frozen`` also with so many lower layers frozen, once run for every batch and once with their
  outputs kept on disk. The time to compute these outputs is a row of its own: it is spent once.
- plain: the usual fine-tuning loop with Hugging Face's Whisper, every clip padded to 30 seconds,
  as many clips a batch, cross-entropy of the decoder.
"""

import argparse
import os
import string
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from multiprocessing import get_context
from pathlib import Path
from resource import RUSAGE_SELF, getrusage
from tempfile import TemporaryDirectory
from typing import Final, cast

import numpy as np
import torch
from rich.console import Console
from rich.table import Table
from torch.utils.data import DataLoader, Dataset
from transformers import (
    TrainerCallback,
    WhisperConfig,
    WhisperFeatureExtractor,
    WhisperForConditionalGeneration,
)

from ovoz.audio.decode import decode
from ovoz.audio.encode import write_flac
from ovoz.audio.signal import SAMPLE_RATE
from ovoz.corpus.manifest import Condition, Dialect, Split, Utterance
from ovoz.evaluation.hardware import describe_hardware
from ovoz.model.config import NetworkConfig
from ovoz.model.tokenizer import CharTokenizer
from ovoz.text.language import Language
from ovoz.training.config import FreezeConfig, StageConfig, TrainingConfig, TrainingPrecision
from ovoz.training.stage import train_stage

SIZES: Final = {"tiny": (384, 4, 6), "base": (512, 6, 8), "small": (768, 12, 12)}
"""Width, layers and attention heads of Whisper's released sizes."""

LETTERS_PER_S: Final = 12


@dataclass(frozen=True)
class Speed:
    """What was measured of a trainer.

    ``hours`` of audio an hour and an hour of one core's time, the share of time that steps
    ``waited`` for data, the largest memory of the process. Of kept outputs also the hours of audio
    a core's hour in which they were computed and their size; None without any.
    """

    hours: float
    core_hours: float
    waited: float
    memory_gb: float = 0.0
    kept_hours: float | None = None
    kept_mb_per_hour: float | None = None


def make_clips(folder: Path, clips: int = 256, seed: int = 0) -> list[Utterance]:
    """Noise of 3 to 10 s with random letters as transcripts."""
    rng = np.random.default_rng(seed)
    rows = []
    for number in range(clips):
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


def core_time_s() -> float:
    """Seconds of cores that this process and its finished children took."""
    return sum(os.times()[:4])


class CoreClock(TrainerCallback):
    """Core time before the first step, and from there to the last."""

    prepared_s = trained_s = 0.0

    def __init__(self) -> None:
        self._started = core_time_s()

    def on_train_begin(self, *_: object, **__: object) -> None:
        """End of the preparation."""
        self.prepared_s = core_time_s() - self._started

    def on_train_end(self, *_: object, **__: object) -> None:
        """End of the steps."""
        self.trained_s = core_time_s() - self._started - self.prepared_s


def ovoz(
    rows: list[Utterance], root: Path, options: argparse.Namespace, freeze: FreezeConfig | None
) -> Speed:
    """Speed of Ovoz's trainer."""
    width, layers, heads = SIZES[options.size]
    config = TrainingConfig(
        network=NetworkConfig(d_model=width, layers=layers, heads=heads, hop=160),
        batch_frames=options.batch * 1000,
        precision=TrainingPrecision(options.precision),
        workers=options.workers,
        threads=options.threads or "auto",
        freeze=freeze,
        evaluate_every=10**6,
        checkpoint_every=10**6,
        dev_utterances=2,
    )
    stage = StageConfig(name="speed", steps=options.steps, learning_rate=1e-5)
    tokenizer = CharTokenizer.from_alphabet(string.ascii_lowercase)
    work = root / f"work-{freeze.copies if freeze else None}"
    clock = CoreClock()
    result = train_stage(
        stage, config, rows, root, work, None, tokenizer=tokenizer, callbacks=[clock]
    )
    speed = Speed(
        result.audio_s / result.seconds, result.audio_s / clock.trained_s, result.data_wait_share
    )
    kept = list((work / "frozen-outputs").rglob("*.npy"))
    if not kept:
        return speed
    # Of 50 frames a second, without the header of each file.
    frame_bytes = 2 * width
    audio_s = sum(path.stat().st_size - 128 for path in kept) / frame_bytes / 50
    size_mb = sum(path.stat().st_size for path in kept) / 10**6
    return replace(
        speed,
        kept_hours=audio_s / clock.prepared_s,
        kept_mb_per_hour=size_mb / audio_s * 3600,
    )


def plain(rows: list[Utterance], root: Path, options: argparse.Namespace) -> Speed:
    """Speed of the loop that most fine-tuning scripts are."""
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    if options.threads:
        torch.set_num_threads(options.threads)
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
    started, core_started = time.perf_counter(), core_time_s()
    for _ in range(options.steps):
        asked = time.perf_counter()
        features, labels, seconds = next(batches)
        waited_s += time.perf_counter() - asked
        with torch.autocast(device.type, torch.bfloat16, enabled=options.precision == "bf16"):
            loss = model(input_features=features.to(device), labels=labels.to(device)).loss
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        optimizer.zero_grad()
        audio_s += seconds
    if device.type == "cuda":
        torch.cuda.synchronize()
    seconds = time.perf_counter() - started
    return Speed(audio_s / seconds, audio_s / (core_time_s() - core_started), waited_s / seconds)


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


def measure_alone(system: Callable[..., Speed], *arguments: object) -> Speed:
    """The speed of a system in a process of its own, with the largest memory of that process."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as process:
        return process.submit(_with_memory, system, *arguments).result()


def _with_memory(system: Callable[..., Speed], *arguments: object) -> Speed:
    speed = system(*arguments)
    return replace(speed, memory_gb=getrusage(RUSAGE_SELF).ru_maxrss * 1024 / 10**9)


def measure(options: argparse.Namespace) -> dict[str, Speed]:
    """The speed of every system."""
    with TemporaryDirectory() as scratch:
        root = Path(scratch)
        rows = make_clips(root, options.clips)
        measured = {"Ovoz, all layers": measure_alone(ovoz, rows, root, options, None)}
        if options.frozen:
            for copies, what in ((0, "run for every batch"), (1, "outputs kept")):
                freeze = FreezeConfig(layers=options.frozen, copies=copies)
                name = f"Ovoz, {options.frozen} layers frozen, {what}"
                measured[name] = measure_alone(ovoz, rows, root, options, freeze)
        if options.plain:
            name = "plain loop, padded to 30 s, decoder"
            measured[name] = measure_alone(plain, rows, root, options)
        return measured


def show(measured: dict[str, Speed], options: argparse.Namespace) -> None:
    """Print the table."""
    gpu = f"{torch.cuda.get_device_name()}, " if torch.cuda.is_available() else ""
    table = Table(
        title=f"Training an encoder of Whisper {options.size}'s size, clips of 3 to 10 s",
        caption=f"{gpu}{describe_hardware(['torch', 'transformers'])};"
        f" {options.threads or torch.get_num_threads()} thread(s), {options.precision},"
        f" {options.workers} loader(s), load average {os.getloadavg()[0]:.1f}",
    )
    for heading in ("trainer", "h per h", "h per core h", "waits", "memory", "disk", "ratio"):
        table.add_column(heading, justify="left" if heading == "trainer" else "right")
    slowest = min(speed.core_hours for speed in measured.values())
    for name, speed in measured.items():
        disk = f"{speed.kept_mb_per_hour:.0f} MB per h" if speed.kept_mb_per_hour else "–"
        table.add_row(
            name,
            f"{speed.hours:.1f}",
            f"{speed.core_hours:.1f}",
            f"{100 * speed.waited:.1f} %",
            f"{speed.memory_gb:.1f} GB",
            disk,
            f"{speed.core_hours / slowest:.1f}",
        )
        if speed.kept_hours is not None:
            table.add_row("  computing the outputs, once", "", f"{speed.kept_hours:.1f}")
    Console(width=110).print(table)


def main() -> None:
    """Measure all systems, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--size", choices=SIZES, default="tiny")
    parser.add_argument("--steps", type=int, default=20)
    parser.add_argument("--clips", type=int, default=256)
    parser.add_argument("--batch", type=int, default=8, help="clips of 10 s a batch")
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--threads", type=int, default=0, help="0: as many as torch takes")
    parser.add_argument("--frozen", type=int, default=0, help="lower layers that are frozen")
    parser.add_argument("--precision", choices=("bf16", "fp32"), default="bf16")
    parser.add_argument("--no-plain", dest="plain", action="store_false")
    options = parser.parse_args()
    show(measure(options), options)


if __name__ == "__main__":
    main()
