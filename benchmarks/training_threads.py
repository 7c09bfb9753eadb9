"""How many threads should train, on a machine of its own and beside a neighbour that computes?

    python benchmarks/training_threads.py [--steps 25] [--neighbours 0 1] [--passive]

Trains networks of the demo's size and of Whisper's in fp32, on noise, each number of threads in a
process of its own. A neighbour is a process that computes without a pause. ``--passive`` also tries
threads that sleep while they wait (OMP_WAIT_POLICY=passive, which must be set before torch loads).
"""

import argparse
import os
import string
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import psutil
from rich.console import Console
from rich.table import Table

from benchmarks.training_throughput import make_clips
from ovoz.evaluation.hardware import describe_hardware
from ovoz.model.config import NetworkConfig
from ovoz.model.tokenizer import CharTokenizer
from ovoz.training.config import StageConfig, TrainingConfig, TrainingPrecision
from ovoz.training.stage import train_stage

NETWORKS: Final = {
    "demo": (NetworkConfig(d_model=144, layers=4, heads=4, hop=320), 1300),
    "wide": (NetworkConfig(d_model=256, layers=6, heads=4, hop=320), 1300),
    "tiny": (NetworkConfig(d_model=384, layers=4, heads=6, hop=160), 4000),
    "base": (NetworkConfig(d_model=512, layers=6, heads=8, hop=160), 4000),
}
"""Networks, and the frames of their batches."""


@contextmanager
def neighbours(count: int) -> Iterator[None]:
    """Processes that compute until the block ends."""
    busy = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(count)]
    try:
        yield
    finally:
        for process in busy:
            process.kill()
            process.wait()


def train(root: Path, size: str, threads: int, steps: int) -> None:
    """Train, and print the number of weights and the seconds."""
    network, frames = NETWORKS[size]
    config = TrainingConfig(
        network=network,
        batch_frames=frames,
        precision=TrainingPrecision.FP32,
        threads=threads,
        evaluate_every=10**6,
        checkpoint_every=10**6,
        dev_utterances=2,
    )
    stage = StageConfig(name="speed", steps=steps, learning_rate=1e-5)
    tokenizer = CharTokenizer.from_alphabet(string.ascii_lowercase)
    with TemporaryDirectory() as work:
        result = train_stage(
            stage, config, make_clips(root), root, Path(work), None, tokenizer=tokenizer
        )
    print(f"seconds {result.seconds:.1f}")


def measure(root: Path, size: str, threads: int, steps: int, variables: Mapping[str, str]) -> float:
    """Seconds of training in a process of its own."""
    command = [sys.executable, __file__, "--train", size, "--threads", str(threads)]
    command += ["--steps", str(steps), "--root", str(root)]
    free = {name: value for name, value in os.environ.items() if not name.startswith("OMP_")}
    done = subprocess.run(
        command, env={**free, **variables}, check=True, capture_output=True, text=True
    )
    return float(done.stdout.rpartition("seconds ")[2])


def main() -> None:
    """Measure, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--steps", type=int, default=25)
    parser.add_argument("--neighbours", type=int, nargs="+", default=[0, 1])
    parser.add_argument("--networks", choices=NETWORKS, nargs="+", default=list(NETWORKS))
    parser.add_argument("--passive", action="store_true")
    parser.add_argument("--train", choices=NETWORKS, help=argparse.SUPPRESS)
    parser.add_argument("--threads", type=int, help=argparse.SUPPRESS)
    parser.add_argument("--root", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.train:
        train(options.root, options.train, options.threads, options.steps)
        return
    policies: dict[str, dict[str, str]] = {"": {}}
    if options.passive:
        policies[", passive"] = {"OMP_WAIT_POLICY": "passive"}
    cores = os.cpu_count() or 1
    cases: list[tuple[int, str, dict[str, str]]] = [(1, "", {})]
    cases += [(cores, name, policy) for name, policy in policies.items()]
    load = psutil.getloadavg()[0]
    machine = describe_hardware(["torch", "transformers"])
    table = Table(
        title=f"Seconds for {options.steps} steps in fp32",
        caption=f"{machine}; load average {load:.1f} at the start",
    )
    table.add_column("network")
    table.add_column("neighbours", justify="right")
    for threads, name, _ in cases:
        table.add_column(f"{threads} thread{'s' * (threads > 1)}{name}", justify="right")
    with TemporaryDirectory() as folder:
        for size in options.networks:
            for count in options.neighbours:
                with neighbours(count):
                    seconds = [
                        measure(Path(folder), size, threads, options.steps, policy)
                        for threads, _, policy in cases
                    ]
                table.add_row(size, str(count), *(f"{one:.1f}" for one in seconds))
    Console().print(table)


if __name__ == "__main__":
    main()
