"""Are the features faster inside the exported graph than in numpy?

    python benchmarks/features.py [--hop 160]

Both compute the log-mel features of one signal on one thread: numpy as it is served
(:class:`ovoz.model.features.LogMel`), and the same recipe as ONNX graphs, with the Fourier
transform as a convolution with its basis and as ONNX's own operator. The table gives the fastest of
the rounds and the largest difference between the two.
"""

import tempfile
import time
import warnings
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Annotated, Final

import numpy as np
import torch
import typer
from rich.console import Console
from rich.table import Table
from torch import Tensor, nn
from torch.nn import functional

from ovoz.audio.signal import SAMPLE_RATE, Samples
from ovoz.engine.export.quantization import quiet
from ovoz.engine.runtimes.onnx import CPU, open_session
from ovoz.evaluation.hardware import describe_hardware
from ovoz.model.features import WINDOW_SAMPLES, Features, LogMel, LogMelConfig, mel_filters

ROUNDS: Final = 30
SECONDS: Final = (1, 3, 10, 30)
BINS: Final = 1 + WINDOW_SAMPLES // 2


class ByConvolution(nn.Module):
    """The recipe of LogMel with the Fourier transform as a convolution with its basis."""

    basis: Tensor
    window: Tensor
    filters: Tensor

    def __init__(self, config: LogMelConfig) -> None:
        super().__init__()
        self.hop = config.hop
        time_ = torch.arange(WINDOW_SAMPLES, dtype=torch.float64)
        phase = 2 * torch.pi * torch.outer(torch.arange(BINS, dtype=torch.float64), time_)
        phase /= WINDOW_SAMPLES
        window = torch.hann_window(WINDOW_SAMPLES, dtype=torch.float64)
        basis = torch.cat([torch.cos(phase), -torch.sin(phase)]) * window
        self.register_buffer("basis", basis.float()[:, None, :])
        self.register_buffer("window", window.float())
        self.register_buffer("filters", torch.from_numpy(mel_filters(config.n_mels)))

    def power(self, padded: Tensor) -> Tensor:
        """Power spectrum [BINS, F + 1] of a padded signal [1, 1, T]."""
        parts = functional.conv1d(padded, self.basis, stride=self.hop)[0]
        return parts[:BINS] ** 2 + parts[BINS:] ** 2

    def forward(self, samples: Tensor) -> Tensor:
        """Features [n_mels, F] of a signal [T]."""
        half = WINDOW_SAMPLES // 2
        padded = functional.pad(samples[None, None], (half, half), mode="reflect")
        power = self.power(padded)[:, :-1]
        log_mel = torch.log10(torch.clamp(self.filters @ power, min=1e-10))
        return (torch.maximum(log_mel, log_mel.max() - 8.0) + 4.0) / 4.0


class ByOperator(ByConvolution):
    """The same with ONNX's STFT."""

    def power(self, padded: Tensor) -> Tensor:
        """As above."""
        spectrum = torch.stft(
            padded[0], WINDOW_SAMPLES, self.hop, window=self.window, center=False,
            return_complex=True,
        )  # fmt: skip
        parts = torch.view_as_real(spectrum)[0]
        return parts[..., 0] ** 2 + parts[..., 1] ** 2


def graph(model: nn.Module, path: Path) -> Callable[[Samples], Features]:
    """The model on ONNX Runtime, one thread."""
    length = {"samples": {0: torch.export.Dim("length", min=WINDOW_SAMPLES)}}
    with warnings.catch_warnings(), quiet("torch.onnx", "onnxscript"):
        warnings.simplefilter("ignore")
        torch.onnx.export(
            model.eval(), (torch.zeros(SAMPLE_RATE),), str(path), dynamo=True,
            input_names=["samples"], output_names=["features"], dynamic_shapes=length,
            verbose=False,
        )  # fmt: skip
    session = open_session(path, 1, CPU)
    return lambda samples: session.run(["features"], {"samples": samples})[0]


def fastest_ms(run: Callable[[Samples], Features], samples: Samples) -> float:
    """Of the rounds, after one that does not count."""
    run(samples)
    taken = []
    for _ in range(ROUNDS):
        begun = time.perf_counter()
        run(samples)
        taken.append(time.perf_counter() - begun)
    return 1000 * min(taken)


def rows(systems: dict[str, Callable[[Samples], Features]], clips: Sequence[Samples]) -> Table:
    """Milliseconds a clip, and the largest difference from the first system."""
    table = Table(title="Log-mel features, ms a clip, one thread")
    for column in ("system", *(f"{len(clip) / SAMPLE_RATE:.0f} s" for clip in clips), "differs by"):
        table.add_column(column, justify="left" if column == "system" else "right")
    served = next(iter(systems.values()))
    for name, run in systems.items():
        furthest = max(float(np.abs(run(clip) - served(clip)).max()) for clip in clips)
        times = [f"{fastest_ms(run, clip):.2f}" for clip in clips]
        table.add_row(name, *times, f"{furthest:.1g}")
    return table


def main(hop: Annotated[int, typer.Option(help="Samples from frame to frame.")] = 320) -> None:
    """Measure, and print the table."""
    config = LogMelConfig(hop=hop)
    rng = np.random.default_rng(0)
    clips = [rng.normal(0, 0.1, each * SAMPLE_RATE).astype(np.float32) for each in SECONDS]
    with tempfile.TemporaryDirectory() as name:
        scratch = Path(name)
        systems: dict[str, Callable[[Samples], Features]] = {
            "numpy (served)": LogMel(config),
            "graph, convolution": graph(ByConvolution(config), scratch / "convolution.onnx"),
            "graph, STFT operator": graph(ByOperator(config), scratch / "operator.onnx"),
        }
        table = rows(systems, clips)
    table.caption = f"hop {hop}; {describe_hardware(['numpy', 'onnxruntime', 'torch'])}"
    Console().print(table)


if __name__ == "__main__":
    typer.run(main)
