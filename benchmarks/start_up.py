"""What the time from the start of the service until it is ready is made of.

    python -m benchmarks.start_up [--rounds 5]

The parts are measured each in a process of its own, one after the other, and the whole start of a
Bento with an untrained network as ``ovoz serve`` makes it. The median of all rounds counts. The
supervisor's parts come before those of the process that serves: BentoML starts one from the other.
"""

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Annotated, Final

import typer

from benchmarks.untrained import untrained_artifact
from bentos.asr.build import build
from bentos.asr.smoke import served
from ovoz.evaluation.hardware import describe_hardware

_PARTS: Final = """
import json, time
begun = time.perf_counter()
parts = {}
def part(name):
    global begun
    now = time.perf_counter()
    parts[name], begun = now - begun, time.perf_counter()
"""
SUPERVISOR: Final = f"""{_PARTS}
import bentoml_cli.cli
part("supervisor: BentoML's command")
import bentos.asr.service
part("supervisor: the module of the service, with its checks")
print(json.dumps(parts))
"""
SERVING: Final = f"""{_PARTS}
import _bentoml_impl.worker.service, bentoml
part("serving process: BentoML")
import bentos.asr.service as service
part("serving process: the module of the service, with its checks")
app = getattr(service.APP, "built", service.APP)
import ovoz.serving.inference.loading, ovoz.serving.middleware.stack
part("serving process: the API")
ovoz.serving.inference.loading.load_model(service.SETTINGS)
part("serving process: the model")
print(json.dumps(parts))
"""


def measure_parts(code: str, artifact: Path) -> dict[str, float]:
    """Seconds of each part of ``code``, and of the interpreter around it."""
    environment = os.environ | {"OVOZ_MODEL_ID": str(artifact)}
    begun = time.perf_counter()
    told = subprocess.run(
        [sys.executable, "-c", code], env=environment, stdout=subprocess.PIPE, check=True
    ).stdout
    whole_s = time.perf_counter() - begun
    parts: dict[str, float] = json.loads(told.splitlines()[-1])
    who = next(iter(parts)).partition(":")[0]
    return {f"{who}: Python": whole_s - sum(parts.values())} | parts


def main(rounds: Annotated[int, typer.Option(help="How often each is measured.")] = 5) -> None:
    """Print the table."""
    seconds: dict[str, list[float]] = {}
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        artifact = untrained_artifact(folder)
        home = folder / "bentoml"
        tag = build(artifact, "1", home)
        for _ in range(rounds):
            for code in (SUPERVISOR, SERVING):
                for name, took_s in measure_parts(code, artifact).items():
                    seconds.setdefault(name, []).append(took_s)
            begun = time.perf_counter()
            with served(tag, home):
                seconds.setdefault("start to ready", []).append(time.perf_counter() - begun)
    medians = {name: statistics.median(values) for name, values in seconds.items()}
    whole_s = medians.pop("start to ready")
    print(describe_hardware(["bentoml"]))
    print("| part | s |\n| --- | --- |")
    for name, took_s in medians.items():
        print(f"| {name} | {took_s:.2f} |")
    print(f"| the rest: processes, sockets, waiting | {whole_s - sum(medians.values()):.2f} |")
    print(f"| **start to ready** | **{whole_s:.2f}** |")


if __name__ == "__main__":
    typer.run(main)
