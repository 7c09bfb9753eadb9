"""How fast is each engine, decoding included?

    python benchmarks/engines.py ARTIFACT CLIPS [--checkpoint FOLDER] [--threads 1]

Reads an exported artifact and a folder of 16 kHz mono WAV or FLAC files, and prints, for every
engine and decoder, the latency of one clip (p50, p95), the throughput in seconds of audio per
second at batch 1 and 16, and the time until the engine is ready. All rows see the same clips on
the same threads, each after a warm-up; the best of the rounds is kept for throughput, since other
work on the machine can only slow a round down.
"""

import platform
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Annotated

import numpy as np
import soundfile
import typer
from rich.console import Console
from rich.progress import track
from rich.table import Table

from ovoz.audio.signal import SAMPLE_RATE, Samples
from ovoz.decoding.config import DecoderConfig, DecoderKind
from ovoz.engine.artifact import LEXICON_FILE, read_description, read_lexicon
from ovoz.engine.ctc import CtcEngine
from ovoz.engine.load import load_engine
from ovoz.engine.precision import Precision

BATCH = 16


@dataclass(frozen=True, slots=True)
class Candidate:
    """One row of the table before it is measured."""

    engine: str
    decoder: DecoderKind
    build: Callable[[], CtcEngine]


@dataclass(frozen=True, slots=True)
class Speed:
    """Milliseconds a clip, seconds of audio per second, milliseconds until ready."""

    p50_ms: float
    p95_ms: float
    alone: float
    batched: float
    ready_ms: float


def read_clips(folder: Path, most: int) -> list[Samples]:
    """The first ``most`` clips of a folder, by name."""
    paths = sorted(path for path in folder.rglob("*") if path.suffix in {".wav", ".flac"})[:most]
    if not paths:
        raise typer.BadParameter(f"{folder} holds no .wav or .flac file")
    clips = []
    for path in paths:
        samples, rate = soundfile.read(path, dtype="float32")
        if rate != SAMPLE_RATE or samples.ndim != 1:
            raise typer.BadParameter(f"{path}: {rate} Hz, {samples.shape}; expected 16 kHz mono")
        clips.append(samples)
    return clips


def candidates(artifact: Path, checkpoint: Path | None, threads: int) -> Iterator[Candidate]:
    """Every engine with every decoder."""
    served = read_description(artifact).decoder
    needs_letters = {DecoderKind.CHARACTERS, DecoderKind.COMBINED}
    for kind in DecoderKind:
        if kind in needs_letters and served.character_model is None:
            continue
        decoder = served.model_copy(update={"kind": kind})
        for precision in Precision:
            yield Candidate(
                f"onnx {precision.value}",
                kind,
                lambda p=precision, d=decoder: load_engine(
                    artifact, decoder=d, precision=p, threads=threads
                ),
            )
        if checkpoint is not None:
            yield Candidate(
                "torch fp32",
                kind,
                lambda d=decoder: _torch_engine(checkpoint, artifact, d, threads),
            )


def _torch_engine(
    checkpoint: Path, artifact: Path, decoder: DecoderConfig, threads: int
) -> CtcEngine:
    import torch

    from ovoz.engine.torch import TorchEngine

    torch.set_num_threads(threads)
    lexicon = read_lexicon(artifact / LEXICON_FILE)
    return TorchEngine(checkpoint, decoder=decoder, lexicon=lexicon)


def measure(candidate: Candidate, clips: Sequence[Samples], rounds: int) -> Speed:
    """Speed of one engine over all clips."""
    started = time.perf_counter()
    engine = candidate.build()
    ready_ms = 1000 * (time.perf_counter() - started)
    engine.transcribe(clips[:BATCH])
    audio_s = sum(map(len, clips)) / SAMPLE_RATE
    batches = [clips[start : start + BATCH] for start in range(0, len(clips), BATCH)]
    alone, batched = [], []
    for _ in range(rounds):
        alone.append([_clock(engine, [clip]) for clip in clips])
        batched.append(sum(_clock(engine, batch) for batch in batches))
    latencies_ms = 1000 * np.concatenate(alone)
    return Speed(
        p50_ms=float(np.percentile(latencies_ms, 50)),
        p95_ms=float(np.percentile(latencies_ms, 95)),
        alone=audio_s / min(map(sum, alone)),
        batched=audio_s / min(batched),
        ready_ms=ready_ms,
    )


def _clock(engine: CtcEngine, batch: Sequence[Samples]) -> float:
    start = time.perf_counter()
    engine.transcribe(batch)
    return time.perf_counter() - start


def table(rows: Sequence[tuple[Candidate, Speed]], clips: Sequence[Samples], threads: int) -> Table:
    """The results under a title that says where they were measured."""
    libraries = ", ".join(f"{name} {version(name)}" for name in ("onnxruntime", "flashlight-text"))
    mean_s = sum(map(len, clips)) / len(clips) / SAMPLE_RATE
    result = Table(
        title=f"{len(clips)} clips of {mean_s:.1f} s on average, {threads} thread(s)",
        caption=f"{processor()}; Python {platform.python_version()}, {libraries}",
    )
    for column in ("engine", "decoder"):
        result.add_column(column)
    for column in ("p50 ms", "p95 ms", "audio s/s, batch 1", f"batch {BATCH}", "ready ms"):
        result.add_column(column, justify="right")
    for candidate, speed in rows:
        figures = (f"{speed.p50_ms:.2f}", f"{speed.p95_ms:.2f}", f"{speed.alone:.0f}")
        rest = (f"{speed.batched:.0f}", f"{speed.ready_ms:.0f}")
        result.add_row(candidate.engine, candidate.decoder.value, *figures, *rest)
    return result


def processor() -> str:
    """Name of the processor, as the system gives it."""
    info = Path("/proc/cpuinfo")
    lines = info.read_text(encoding="utf-8").splitlines() if info.is_file() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return f"{len(names)} × {names[0]}" if names else platform.processor()


def main(
    artifact: Annotated[Path, typer.Argument(help="Directory of the exported model.")],
    clips: Annotated[Path, typer.Argument(help="Folder of 16 kHz mono WAV or FLAC files.")],
    checkpoint: Annotated[Path | None, typer.Option(help="Training checkpoint, for torch.")] = None,
    threads: Annotated[int, typer.Option(min=1)] = 1,
    rounds: Annotated[int, typer.Option(min=1)] = 5,
    most: Annotated[int, typer.Option(min=1, help="Clips to use.")] = 64,
) -> None:
    """Measure every engine and decoder, and print the table."""
    signals = read_clips(clips, most)
    chosen = list(candidates(artifact, checkpoint, threads))
    rows = [(each, measure(each, signals, rounds)) for each in track(chosen, "measuring")]
    Console().print(table(rows, signals, threads))


if __name__ == "__main__":
    typer.run(main)
