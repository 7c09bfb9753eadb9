"""Does the service stay as it is under hours of mixed traffic? Memory, descriptors, every answer.

    python -m benchmarks.soak [--minutes 30] [--pause-ms 500]

A Bento with an untrained network is asked by eleven clients at once: Python's httpx, requests and
aiohttp, curl, Node's fetch and undici, Java's HttpClient, Go's net/http, PHP's curl and .NET's
HttpClient, each where it is installed (``benchmarks/http_clients/programs.py`` says what it takes),
and one that hangs up in the middle, 2 % of all. Each request has an id of its own and
each recording a length of its own: an answer counts when both come back. Memory and descriptors are
those of all processes of the service, every ten seconds.
"""

import json
import subprocess
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Final

import numpy as np
import psutil
import typer

from benchmarks.http_clients.programs import HANG_UPS, Mode, find_programs, hang_up_program
from benchmarks.untrained import untrained_service
from ovoz.audio.encode import write_flac
from ovoz.evaluation.hardware import describe_hardware

SAMPLE_S: Final = 10.0
WARM_UP_SHARE: Final = 0.2
RECORDINGS: Final = 40
HANG_UP_SHARE: Final = 0.02
MODES: Final = {
    "requests": Mode.CHUNKED,
    "undici": Mode.CHUNKED,
    "curl": Mode.EXPECT,
    "dotnet": Mode.EXPECT,
    "php": Mode.CLOSE,
}
"""Of the clients that do not ask as they do by themselves."""


@dataclass(slots=True)
class Client:
    """What one client was answered."""

    process: "subprocess.Popen[str]"
    statuses: Counter[int] = field(default_factory=Counter)
    mixed_up: int = 0

    def listen(self, durations_s: list[float]) -> None:
        """Read its lines until it ends."""
        assert self.process.stdout is not None
        for line in self.process.stdout:
            told = json.loads(line)
            self.statuses[told["status"]] += 1
            right = abs(told["duration"] - durations_s[told["place"]]) < 0.01
            if told["status"] == 200 and not (told["same"] and right):
                self.mixed_up += 1


def write_recordings(folder: Path) -> tuple[list[Path], list[float]]:
    """Noise of half a second to four, every one of another length."""
    generator = np.random.default_rng(0)
    durations_s = [0.5 + 0.09 * place for place in range(RECORDINGS)]
    files = []
    for place, duration_s in enumerate(durations_s):
        samples = 0.1 * generator.standard_normal(round(16_000 * duration_s))
        files.append(write_flac(folder / f"{place}.flac", samples.astype(np.float32)))
    return files, durations_s


@contextmanager
def asking(url: str, folder: Path, pause_ms: int) -> Iterator[dict[str, Client]]:
    """All clients, until the end of the block."""
    files, durations_s = write_recordings(folder)
    clients = {}
    found = find_programs(folder)
    rare_ms = round(pause_ms / (HANG_UP_SHARE * len(found)))
    started = [*((program, pause_ms) for program in found), (hang_up_program(folder), rare_ms)]
    for program, pause in started:
        name = program.name
        mode = MODES.get(name, Mode.PLAIN)
        command = program.arguments(url, mode, files, pause_ms=pause)
        process = subprocess.Popen(command, cwd=folder, stdout=subprocess.PIPE, text=True)
        clients[name] = Client(process)
        threading.Thread(target=clients[name].listen, args=(durations_s,), daemon=True).start()
    try:
        yield clients
    finally:
        for client in clients.values():
            client.process.kill()
            client.process.wait()


def service_of(url: str) -> list[psutil.Process]:
    """The processes of the service."""
    port = url.rpartition(":")[2]
    for child in psutil.Process().children():
        if port in child.cmdline():
            return [child, *child.children(recursive=True)]
    raise RuntimeError(f"no process serves {url}")


def main(
    minutes: Annotated[float, typer.Option(help="For how long.")] = 30.0,
    pause_ms: Annotated[int, typer.Option(help="Between two requests of one client.")] = 500,
) -> None:
    """Print what was answered, and memory and descriptors after warming up and at the end."""
    memory_mb: list[float] = []
    descriptors: list[int] = []
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        with untrained_service(folder) as url, asking(url, folder, pause_ms) as clients:
            ends = time.monotonic() + minutes * 60
            while time.monotonic() < ends:
                time.sleep(min(SAMPLE_S, minutes * 6))
                processes = service_of(url)
                memory_mb.append(sum(one.memory_info().rss for one in processes) / 1e6)
                descriptors.append(sum(one.num_fds() for one in processes))
    report(clients, memory_mb, descriptors, minutes)


def report(
    clients: dict[str, Client], memory_mb: list[float], descriptors: list[int], minutes: float
) -> None:
    """Print the tables; exit with 1 where an answer is missing or another's."""
    print(f"{describe_hardware(['bentoml', 'uvicorn'])}; {minutes:g} minutes")
    print("| client | answered 200 | other answers | none | another's |")
    print("| --- | --- | --- | --- | --- |")
    for name, client in clients.items():
        others = {status: n for status, n in client.statuses.items() if status not in {200, 0, -1}}
        other = ", ".join(f"{n} × {status}" for status, n in sorted(others.items())) or "0"
        left = f" ({client.statuses[-1]} hang-ups)" if name == HANG_UPS else ""
        counts = f"{client.statuses[200]} | {other} | {client.statuses[0]} | {client.mixed_up}"
        print(f"| {name}{left} | {counts} |")
    warm = round(len(memory_mb) * WARM_UP_SHARE)
    for what, values in (("memory, MB", memory_mb), ("descriptors", descriptors)):
        slope = np.polyfit(np.arange(len(values) - warm), values[warm:], 1)[0] * 3600 / SAMPLE_S
        told = f"{values[warm]:.0f} after warming up, {values[-1]:.0f} at the end"
        print(
            f"{what}: {told}, {min(values[warm:]):.0f} to {max(values[warm:]):.0f}, {slope:+.1f}/h"
        )
    if any(client.mixed_up or client.statuses[0] for client in clients.values()):
        raise typer.Exit(1)


if __name__ == "__main__":
    typer.run(main)
