"""How many utterances a second does a GPU take, how late, and how near its ceiling is that?

    python benchmarks/gpu.py [--seconds 3] [--batch 1 --batch 32 ...] [--device cuda]

A CTC network of the dimensions of ``openai/whisper-base`` with random weights (speed only), from
features on the host to the best path on the host: copied there, run, and the classes copied back.
It runs in fp16 on torch as it is, on torch with CUDA graphs (captured for every batch size before
the clock starts), and on ONNX Runtime through CUDA and TensorRT. What is missing on the machine is
in the table with its reason. ``--device cpu`` runs the same in fp32, to see that it works.

One batch is under way at a time, so its latency is that of each of its utterances when they come
together; P95 is over batches. The ceiling is a matrix product of 8192 x 8192 in the same precision,
measured here: ``of ceiling`` is the share of its arithmetic that the network's own reaches. The
log-mel features are timed apart, on one core: a server computes them while the GPU is busy.
"""

import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Final

import numpy as np
import numpy.typing as npt
import torch
import typer
from rich.console import Console
from rich.progress import track
from rich.table import Table
from torch import Tensor
from torch.utils.flop_counter import FlopCounterMode

from benchmarks.untrained import WHISPER_BASE, untrained
from ovoz.audio.signal import SAMPLE_RATE
from ovoz.engine.export.onnx import export_encoder
from ovoz.engine.export.quantization import to_fp16
from ovoz.engine.runtimes.onnx import open_session
from ovoz.evaluation.hardware import describe_hardware
from ovoz.model.features import LogMel
from ovoz.model.network import SpeechNetwork

LIBRARIES: Final = ("torch", "onnxruntime")
BATCHES: Final = (1, 8, 32, 64, 128, 256, 512)

Features = npt.NDArray[np.float32]
Run = Callable[[Features, npt.NDArray[np.int64]], object]
"""Best paths of features [B, n_mels, F] on the host, back on the host."""


class BestPath(torch.nn.Module):
    """The network with the most likely class of every frame: what has to leave the GPU."""

    def __init__(self, network: SpeechNetwork) -> None:
        super().__init__()
        self.network = network

    def forward(self, features: Tensor, lengths: Tensor) -> Tensor:
        """Classes uint8 [B, T] of features [B, n_mels, F]."""
        log_probs: Tensor = self.network(features, lengths)[0]
        return log_probs.argmax(-1).to(torch.uint8)


@dataclass(frozen=True, slots=True)
class Measured:
    """Utterances per second, milliseconds a batch, share of the ceiling."""

    per_s: float
    p50_ms: float
    p95_ms: float
    share: float


def on_torch(model: BestPath, device: torch.device, dtype: torch.dtype) -> Run:
    """Operators one after the other."""

    @torch.inference_mode()
    def run(features: Features, lengths: npt.NDArray[np.int64]) -> object:
        placed = torch.from_numpy(features).to(device, dtype)
        return model(placed, torch.from_numpy(lengths).to(device)).cpu()

    return run


def on_graphs(model: BestPath, device: torch.device, dtype: torch.dtype) -> Run:
    """All operators of a shape as one launch; captured when a shape is seen first."""
    captured: dict[tuple[int, ...], tuple[torch.cuda.CUDAGraph, Tensor, Tensor, Tensor]] = {}

    @torch.inference_mode()
    def capture(features: Tensor, lengths: Tensor) -> None:
        # cuBLAS and the allocator set themselves up outside of the graph, on a stream of their own.
        aside = torch.cuda.Stream()
        aside.wait_stream(torch.cuda.current_stream())
        with torch.cuda.stream(aside):
            for _ in range(3):
                model(features, lengths)
        torch.cuda.current_stream().wait_stream(aside)
        graph = torch.cuda.CUDAGraph()
        with torch.cuda.graph(graph):
            classes = model(features, lengths)
        captured[features.shape] = (graph, features, lengths, classes)

    @torch.inference_mode()
    def run(features: Features, lengths: npt.NDArray[np.int64]) -> object:
        if features.shape not in captured:
            capture(
                torch.from_numpy(features).to(device, dtype), torch.from_numpy(lengths).to(device)
            )
        graph, held, held_lengths, classes = captured[features.shape]
        held.copy_(torch.from_numpy(features), non_blocking=True)
        held_lengths.copy_(torch.from_numpy(lengths), non_blocking=True)
        graph.replay()
        return classes.cpu()

    return run


def on_onnx(encoder: Path, provider: str) -> Run:
    """ONNX Runtime; the log-probabilities leave the GPU, as they do for a search on the CPU."""
    session = open_session(encoder, 1, [provider])

    def run(features: Features, lengths: npt.NDArray[np.int64]) -> object:
        found = session.run(["log_probs"], {"features": features, "lengths": lengths})
        return found[0].argmax(-1)

    return run


def systems(network: SpeechNetwork, device: torch.device, scratch: Path) -> Iterator[
    tuple[str, Callable[[], Run]]
]:  # fmt: skip
    """What is measured, by name, and how it is made."""
    on_gpu = device.type == "cuda"
    full = scratch / "encoder.onnx"
    export_encoder(network, full)
    dtype = torch.float16 if on_gpu else torch.float32
    model = BestPath(network.eval()).to(device, dtype)
    name = "fp16" if on_gpu else "fp32"
    yield f"torch {name}", lambda: on_torch(model, device, dtype)
    if not on_gpu:
        yield f"ONNX Runtime CPU {name}", lambda: on_onnx(full, "CPUExecutionProvider")
        return
    half = scratch / "encoder.fp16.onnx"
    to_fp16(full, half)
    yield f"torch {name}, CUDA graphs", lambda: on_graphs(model, device, dtype)
    yield f"ONNX Runtime CUDA {name}", lambda: on_onnx(half, "CUDAExecutionProvider")
    yield f"ONNX Runtime TensorRT {name}", lambda: on_onnx(half, "TensorrtExecutionProvider")


def ceiling(device: torch.device, size: int) -> float:
    """Floating-point operations a second of a large matrix product."""
    dtype = torch.float16 if device.type == "cuda" else torch.float32
    one, other = (torch.randn(size, size, device=device, dtype=dtype) for _ in range(2))
    times = []
    for _ in range(8):
        begun = time.perf_counter()
        one @ other
        _wait(device)
        times.append(time.perf_counter() - begun)
    return 2.0 * size**3 / min(times[3:])


def operations(network: SpeechNetwork, frames: int) -> int:
    """Floating-point operations of one utterance."""
    counter = FlopCounterMode(display=False)
    with counter, torch.inference_mode():
        network(torch.zeros(1, network.config.n_mels, frames), torch.tensor([frames]))
    return counter.get_total_flops()


def measure(run: Run, batch: Features, work: float, peak: float, budget_s: float) -> Measured:
    """Speed at one batch size, after a warm-up; ``work`` operations an utterance."""
    lengths = np.full(len(batch), batch.shape[2], np.int64)
    for _ in range(3):
        run(batch, lengths)
    begun = time.perf_counter()
    taken: list[float] = []
    while len(taken) < 20 or time.perf_counter() - begun < budget_s:
        started = time.perf_counter()
        run(batch, lengths)
        taken.append(time.perf_counter() - started)
    per_s = len(batch) * len(taken) / sum(taken)
    p50_ms, p95_ms = 1000 * np.percentile(taken, [50, 95])
    return Measured(per_s, p50_ms, p95_ms, per_s * work / peak)


def _wait(device: torch.device) -> None:
    if device.type == "cuda":
        torch.cuda.synchronize()


def feature_ms(seconds: float) -> float:
    """Milliseconds of one core for the features of an utterance."""
    extract = LogMel(WHISPER_BASE.features)
    signal = np.random.default_rng(0).normal(0, 0.1, round(seconds * SAMPLE_RATE))
    begun = time.perf_counter()
    for _ in range(50):
        extract(signal.astype(np.float32))
    return 20 * (time.perf_counter() - begun)


def main(
    seconds: Annotated[float, typer.Option(min=0.1, help="Of an utterance.")] = 3.0,
    batch: Annotated[list[int] | None, typer.Option(min=1, help="Size; several times.")] = None,
    device: Annotated[str, typer.Option(help="torch's name of the device.")] = "cuda",
    budget_s: Annotated[float, typer.Option(min=0, help="For each row.")] = 2.0,
) -> None:
    """Measure every system at every batch size, and print the table."""
    where, sizes = torch.device(device), batch or BATCHES
    if where.type == "cuda" and not torch.cuda.is_available():
        raise typer.BadParameter("torch sees no GPU here; --device cpu shows that it works")
    network = untrained(WHISPER_BASE).network.eval()
    frames = round(seconds * SAMPLE_RATE / WHISPER_BASE.hop)
    work, peak = operations(network, frames), ceiling(where, 8192 if device == "cuda" else 1024)
    name = torch.cuda.get_device_name() if where.type == "cuda" else "CPU"
    table = Table(
        title=f"whisper-base's dimensions, random weights, utterances of {seconds:g} s; {name}",
        caption=f"ceiling {peak / 1e12:.3g} TFLOP/s, {work / 1e9:.2f} GFLOP an utterance; features"
        f" {feature_ms(seconds):.2f} ms an utterance on one core; {describe_hardware(LIBRARIES)}",
    )
    for column in ("system", "batch", "utterances/s", "p50 ms", "p95 ms", "of ceiling"):
        table.add_column(column, justify="left" if column == "system" else "right")
    drawn = np.random.default_rng(0).normal(0, 1, (max(sizes), WHISPER_BASE.n_mels, frames))
    features = drawn.astype(np.float32)
    with tempfile.TemporaryDirectory() as scratch:
        for system, build in systems(network, where, Path(scratch)):
            try:
                run = build()
            except ValueError as error:
                table.add_row(system, f"not run: {error}")
                continue
            for size in track(sizes, system):
                one = measure(run, features[:size], work, peak, budget_s)
                figures = (f"{one.p50_ms:.2f}", f"{one.p95_ms:.2f}", f"{one.share:.0%}")
                table.add_row(system, str(size), f"{one.per_s:,.0f}", *figures)
    Console().print(table)


if __name__ == "__main__":
    typer.run(main)
