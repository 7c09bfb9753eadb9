"""Does a whole run survive SIGKILL at any moment? Drawn moments, each followed by one rerun.

    python -m benchmarks.kills [--kills 100] [--seed 0] [--skip 0]

The run is `make run PROFILE=smoke`, each time in a new workspace. One undisturbed run gives the
weights and the length; then a run is killed with all its processes at a moment drawn from that
length, and started once more. The rerun has to end with the same weights and one version of the
model, and leave no run open in the records of ZenML and MLflow, no temporary file and no owner of
the workspace's lock. A hundred kills take about three hours: ``--skip 40`` goes on behind the first
forty.
"""

import hashlib
import os
import random
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Final

import typer

from ovoz.audio.signal import Seconds
from ovoz.evaluation.hardware import describe_hardware
from ovoz.registry.registry import Registry
from ovoz.registry.settings import RegistrySettings

ROOT: Final = Path(__file__).resolve().parents[1]
PROFILE: Final = ROOT / "configs/smoke.yaml"
MODEL: Final = "ovoz-smoke"
RECORDS: Final = (
    ("zenml-stores/default_zen_store/zenml.db", "pipeline_run"),
    ("zenml-stores/default_zen_store/zenml.db", "step_run"),
    ("mlflow/mlflow.db", "runs"),
)
OPEN: Final = {"running", "initializing"}


@dataclass(frozen=True, slots=True)
class Trial:
    """A folder with the workspace of a run and its temporary files."""

    folder: Path

    @property
    def workspace(self) -> Path:
        """Where the run works."""
        return self.folder / "workspace"

    @property
    def temporary(self) -> Path:
        """What the run has as ``TMPDIR``."""
        return self.folder / "tmp"

    def start(self) -> "subprocess.Popen[str]":
        """Start the run in a process group of its own."""
        self.temporary.mkdir(parents=True, exist_ok=True)
        command = [sys.executable, "-m", "pipelines", "run", "--profile", str(PROFILE)]
        with (self.folder / "output").open("a", encoding="utf-8") as output:
            return subprocess.Popen(
                [*command, "--workspace", str(self.workspace)],
                cwd=ROOT,
                env=os.environ | {"TMPDIR": str(self.temporary)},
                stdout=output,
                stderr=subprocess.STDOUT,
                text=True,
                start_new_session=True,
            )

    def tell_end(self, code: int) -> str:
        """How a rerun failed, with the last of what it said."""
        said = (self.folder / "output").read_text("utf-8")[-2000:]
        return f"exit code {code}\n{said}"

    def weights(self) -> str:
        """SHA-256 of the encoder that is in production."""
        encoder = self._registry().resolve("production").artifact / "encoder.onnx"
        return hashlib.sha256(encoder.read_bytes()).hexdigest()

    def faults(self, weights: str) -> Iterator[str]:
        """What is not as an undisturbed run leaves it."""
        if self.weights() != weights:
            yield "other weights"
        if (versions := len(self._registry().versions())) != 1:
            yield f"{versions} versions"
        yield from (f"{name} is open" for name in find_open_records(self.workspace))
        state = self.workspace / ".ovoz"
        left = [*self.workspace.rglob("*.tmp"), *self.temporary.iterdir()]
        left += [state / "owner"] if (state / "owner").exists() else []
        yield from (f"left: {path.relative_to(self.folder)}" for path in left)

    def _registry(self) -> Registry:
        mlflow = self.workspace / ".ovoz/mlflow"
        return Registry(
            RegistrySettings(
                tracking_uri=f"sqlite:///{mlflow}/mlflow.db",
                artifacts=str(mlflow / "artifacts"),
                model=MODEL,
            )
        )


def find_open_records(workspace: Path) -> list[str]:
    """Runs and steps that the records of ZenML or MLflow call running.

    Raises:
        ValueError: A table has no rows: nothing was recorded.
    """
    found = []
    for file, table in RECORDS:
        with sqlite3.connect(workspace / ".ovoz" / file) as database:
            rows = database.execute(f"SELECT name, status FROM {table}").fetchall()
        if not rows:
            raise ValueError(f"{table} in {file} is empty")
        found += [f"{table} {name}" for name, state in rows if state.lower() in OPEN]
    return found


def kill(trial: Trial, after_s: Seconds) -> str:
    """Start a run and kill it; returns the last step that it named."""
    process = trial.start()
    time.sleep(after_s)
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    told = (trial.folder / "output").read_text("utf-8").splitlines()
    named = [line for line in told if "▶" in line]
    return named[-1].split()[-1] if named else "start"


def main(
    kills: Annotated[int, typer.Option(help="How many runs are killed.")] = 100,
    seed: Annotated[int, typer.Option(help="Of the moments.")] = 0,
    skip: Annotated[int, typer.Option(help="Kills that an earlier call has done.")] = 0,
) -> None:
    """Print a line for each kill; exit with 1 where a rerun left something else."""
    draw, bad = random.Random(seed), 0
    print(f"{describe_hardware(['zenml', 'mlflow', 'torch'])}; {kills} kills, seed {seed}")
    with tempfile.TemporaryDirectory() as made:
        undisturbed = Trial(Path(made) / "undisturbed")
        started = time.monotonic()
        if undisturbed.start().wait():
            raise SystemExit((undisturbed.folder / "output").read_text(encoding="utf-8"))
        length_s = time.monotonic() - started
        weights = undisturbed.weights()
        print(f"undisturbed: {length_s:.0f} s", flush=True)
        for number, moment in enumerate([draw.random() for _ in range(kills)][skip:], start=skip):
            with tempfile.TemporaryDirectory() as folder:
                trial, after_s = Trial(Path(folder)), length_s * moment
                step = kill(trial, after_s)
                code = trial.start().wait()
                faults = list(trial.faults(weights)) if code == 0 else [trial.tell_end(code)]
            bad += bool(faults)
            told = "; ".join(faults) or "as undisturbed"
            print(f"{number + 1}: killed after {after_s:.0f} s in {step}: {told}", flush=True)
    print(f"{kills - skip - bad} of {kills - skip} as undisturbed")
    raise typer.Exit(bad > 0)


if __name__ == "__main__":
    typer.run(main)
