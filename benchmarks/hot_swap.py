"""Does anybody notice when production moves? Promotions and roll-backs under constant load.

    python -m benchmarks.hot_swap [--moves 50]

A Bento that follows ``production`` of a registry on SQLite is asked by three callers over HTTP, two
sockets and one caller with jobs, while production goes to a second version and back. The networks
are untrained; the gates are not what is measured, and count as met. ``pause`` is what a request
over HTTP took that was under way while a version was loaded or put in its place, beside the others.
"""

import multiprocessing
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Final

import httpx
import numpy as np
import orjson
import typer
from rich.console import Console

from benchmarks.soak import service_of
from benchmarks.swap_load import Load, ask_until
from benchmarks.untrained import untrained_artifact
from bentos.asr.build import build
from bentos.asr.smoke import served
from ovoz.audio.decode import decode
from ovoz.audio.encode import write_flac
from ovoz.evaluation.gates import Gate
from ovoz.evaluation.hardware import describe_hardware
from ovoz.evaluation.judgement import GateResult, Verdict
from ovoz.registry.registry import Registry
from ovoz.registry.settings import RegistrySettings
from ovoz.serving.inference.local_model import LocalModel
from ovoz.serving.inference.options import RecognitionRequest

CLIPS: Final = 16
SETTLE_S: Final = 1.0
PATIENCE_S: Final = 60.0
PRODUCTION: Final = "production"
GATE: Final = Gate(figure="wer", at_most=1.0)
MET: Final = Verdict(
    system="served",
    training_data="nothing",
    results=(GateResult(gate=GATE, value=0.0, margin=1.0, passed=True),),
)


@dataclass(frozen=True, slots=True)
class Swap:
    """Unix times of one move: of the alias, in the service, and when one model was left in memory.

    ``memory_mb`` is that of the service a second later.
    """

    moved: float
    served: float
    freed: float
    memory_mb: float


def write_clips(folder: Path) -> list[Path]:
    """Gliding tones of one to three seconds, each of another length."""
    generator = np.random.default_rng(0)
    files = []
    for place in range(CLIPS):
        at = np.arange(16_000 + 2_000 * place) / 16_000
        tone = 0.3 * np.sin(2 * np.pi * (200 + (300 + 50 * place) * at) * at)
        noisy = tone + 0.05 * generator.standard_normal(len(at))
        files.append(write_flac(folder / f"{place}.flac", noisy.astype(np.float32)))
    return files


def write_texts(artifacts: Sequence[Path], clips: Sequence[Path]) -> dict[str, list[str]]:
    """What each version writes for each clip."""
    requests = [RecognitionRequest(decode(clip)) for clip in clips]
    texts: dict[str, list[str]] = {}
    for artifact in artifacts:
        model = LocalModel.load(artifact, threads=1)
        written = model.transcribe_all(requests)
        texts[model.info.version] = [one.text for one in written if not isinstance(one, Exception)]
    return texts


def move(registry: Registry, to: str) -> None:
    """Production to version 2 by a promotion, to version 1 by a roll-back."""
    if to == "1":
        registry.roll_back(who="benchmark", why="back")
    else:
        registry.promote(to, PRODUCTION, MET, who="benchmark", why="forth", despite_withdrawal=True)


def swap(url: str, registry: Registry, to: str) -> Swap:
    """Move production, tell the service, and wait until it serves the version and has settled."""
    move(registry, to)
    moved = time.time()
    with httpx.Client(base_url=url, timeout=PATIENCE_S, trust_env=False) as client:
        client.post("/v1/model/refresh").raise_for_status()
        while client.get("/v1/version").json()["registered"] != to:
            if time.time() - moved > PATIENCE_S:
                raise RuntimeError(client.get("/health").text)
            time.sleep(0.01)
        reached = time.time()
        while models_in(client.get("/metrics").text) != 1:
            if time.time() - reached > PATIENCE_S:
                raise RuntimeError("the former model stays in memory")
            time.sleep(0.05)
        freed = time.time()
        time.sleep(SETTLE_S)
    memory_mb = sum(one.memory_info().rss for one in service_of(url)) / 1e6
    return Swap(moved, reached, freed, memory_mb)


def models_in(figures: str) -> float:
    """The models in memory, as the service tells its figures."""
    (models,) = [
        float(line.rpartition(" ")[2])
        for line in figures.splitlines()
        if line.startswith("asr_models_loaded")
    ]
    return models


def main(moves: Annotated[int, typer.Option(help="Promotions and roll-backs.")] = 50) -> None:
    """Print the table; exit with 1 where a request failed or an answer was mixed."""
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        artifacts = [untrained_artifact(folder / str(seed), seed) for seed in (1, 2)]
        registry = prepare_registry(folder, artifacts)
        clips = write_clips(folder)
        load = Load("", clips, write_texts(artifacts, clips))
        home = folder / "bentoml"
        environment = {
            "OVOZ_MODEL_ID": f"models:/{registry.settings.model}@{PRODUCTION}",
            "OVOZ_MODEL_CACHE": str(folder / "cache"),
            "MLFLOW_TRACKING_URI": registry.settings.uri(),
            "OVOZ_JOBS_DIR": str(folder / "jobs"),
            "OVOZ_JOBS_SWEEP_S": "0.5",
        }
        tag = build(artifacts[0], "1", home)
        with served(tag, home, environment=environment) as url:
            load.url = url
            swaps, told = run_under_load(load, folder, registry, moves)
    report(swaps, told)
    if told["failures"] or told["mixed"]:
        raise typer.Exit(1)


def prepare_registry(folder: Path, artifacts: Sequence[Path]) -> Registry:
    """Both versions staged, the first in production."""
    settings = RegistrySettings(
        tracking_uri=f"sqlite:///{folder}/mlflow.db", artifacts=str(folder / "files")
    )
    registry = Registry(settings)
    for artifact in artifacts:
        version = registry.register(artifact, {}).version
        registry.promote(version, "staging", MET, who="benchmark", why="start")
    registry.promote("1", PRODUCTION, MET, who="benchmark", why="start")
    return registry


def run_under_load(
    load: Load, folder: Path, registry: Registry, moves: int
) -> tuple[list[Swap], dict[str, Any]]:
    """The moves, and what the clients were answered meanwhile."""
    context = multiprocessing.get_context("spawn")
    stopped, told = context.Event(), folder / "told.json"
    asking = context.Process(target=ask_until, args=(stopped, load, told))
    asking.start()
    try:
        time.sleep(3 * SETTLE_S)
        with Console(stderr=True).status("moving production"):
            swaps = [swap(load.url, registry, "21"[place % 2]) for place in range(moves)]
    finally:
        stopped.set()
        asking.join(2 * PATIENCE_S)
    return swaps, orjson.loads(told.read_bytes())


def report(swaps: Sequence[Swap], told: dict[str, Any]) -> None:
    """Print what was seen."""
    beside: list[float] = []
    during: list[float] = []
    for began, took_s in told["latencies"]:
        overlaps = any(began < one.served + 0.1 and began + took_s > one.moved for one in swaps)
        (during if overlaps else beside).append(1000 * took_s)
    taken_s = [one.served - one.moved for one in swaps]
    print(f"{describe_hardware(['bentoml', 'mlflow', 'onnxruntime'])}")
    print("| what | |\n| --- | --- |")
    counts = ", ".join(f"{count} over {kind}" for kind, count in sorted(told["answers"].items()))
    print(f"| promotions and roll-backs | {len(swaps)} |")
    print(f"| requests, sockets and jobs answered | {counts} |")
    print(f"| failed | {len(told['failures'])} |")
    print(f"| answers that are not those of the version that they name | {len(told['mixed'])} |")
    for name, values in (("without a change", beside), ("during a change", during)):
        p50, p99 = (np.percentile(values, share) for share in (50, 99))
        print(f"| p50, p99 over HTTP {name} | {p50:.0f}, {p99:.0f} ms ({len(values)} requests) |")
    pause_ms = np.percentile(during, 99) - np.percentile(beside, 99)
    print(f"| pause at p99 | {pause_ms:+.0f} ms |")
    print(f"| alias moved to version served, p50, most | {np.median(taken_s):.1f}, "
          f"{max(taken_s):.1f} s |")  # fmt: skip
    freed_s = [one.freed - one.served for one in swaps]
    print(f"| version served to one model left in memory, p50, most | {np.median(freed_s):.1f}, "
          f"{max(freed_s):.1f} s |")  # fmt: skip
    memory_mb = [one.memory_mb for one in swaps]
    print(f"| memory after the first, fifth and last change | {memory_mb[0]:.0f}, "
          f"{memory_mb[min(4, len(swaps) - 1)]:.0f}, {memory_mb[-1]:.0f} MB |")  # fmt: skip
    for what in (*told["failures"][:5], *told["mixed"][:5]):
        print(what)


if __name__ == "__main__":
    typer.run(main)
