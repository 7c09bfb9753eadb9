"""How much does the service take over HTTP, beside a faster-whisper server?

    python benchmarks/http_load.py ARTIFACT DATA [--seconds 8] [--most 32]

Starts servers on loopback: the artifact in a Bento, as it is served; the same with the model in
a process of its own; and the server of
`whisper_server.py` with beam 5 (faster-whisper's default) and greedy, around a Whisper with random
int8 weights whose encoder and decoder are as wide and as deep as the artifact's encoder. All get
the same clips of the test split, of two to four seconds, from a client in a process of its own
(`load_client.py`), one server at a time and in turn, so that other work on the machine meets all
alike. First as many callers as the table says, each of whom asks again when answered; the most
answers a second are the server's peak. Then parts of that peak as a fixed rate, where latencies
count from the moment a request was due.

The Whisper has to write as many tokens as the clip's reference text takes at three letters a token.
"""

import multiprocessing
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Final

import httpx
import soundfile
import typer

from benchmarks.load_client import Outcome, Upload, at_rate, by_callers
from benchmarks.whisper import LETTERS_PER_TOKEN, Size, converted, random_whisper
from bentos.asr.build import MODEL_NAME, NAME, build
from bentos.asr.smoke import served
from ovoz.corpus.manifest import Split, read_manifest
from ovoz.evaluation.hardware import describe_hardware
from ovoz.serving.auth.network import free_port

CALLERS: Final = (1, 2, 4, 8, 16)
PARTS: Final = (0.25, 0.5, 0.7, 0.85, 0.95)
OF_PEAK: Final = 0.7
LIBRARIES: Final = (
    "bentoml", "onnxruntime", "flashlight-text", "faster-whisper", "ctranslate2", "fastapi",
    "uvicorn", "aiohttp",
)  # fmt: skip
WHISPER_SERVER: Final = Path(__file__).with_name("whisper_server.py")


@dataclass
class Measured:
    """A server and what came of the loads on it, by callers and by rate."""

    name: str
    url: str
    by_callers: dict[int, Outcome] = field(default_factory=dict)
    by_rate: dict[float, Outcome] = field(default_factory=dict)

    @property
    def peak(self) -> float:
        """The most answers a second."""
        return max(each.per_second for each in self.by_callers.values())


def test_clips(data: Path, most: int) -> list[tuple[Path, str]]:
    """Recordings of two to four seconds of the test split, with their texts."""
    rows = [row for row in read_manifest(data / "manifest.parquet") if row.split is Split.TEST]
    files = [(data / row.audio, row.text) for row in rows]
    return [one for one in files if 2 <= soundfile.info(one[0]).duration <= 4][:most]


def upload(file: Path, text: str) -> Upload:
    """The form with this recording, encoded before the clock starts."""
    request = httpx.Request(
        "POST",
        "http://x",
        files={"file": (file.name, file.read_bytes())},
        data={"tokens": str(max(1, len(text) // LETTERS_PER_TOKEN))},
    )
    return Upload(request.read(), request.headers["content-type"])


@contextmanager
def whisper_served(model: Path, beam: int, workers: int) -> Iterator[str]:
    """The URL of the faster-whisper server."""
    port = free_port()
    options = ["--port", str(port), "--beam", str(beam), "--workers", str(workers)]
    with subprocess.Popen([sys.executable, WHISPER_SERVER, model, *options]) as process:
        try:
            url = f"http://127.0.0.1:{port}"
            while process.poll() is None:
                try:
                    httpx.get(f"{url}/readyz", timeout=2, trust_env=False)
                    break
                except httpx.TransportError:
                    time.sleep(0.2)
            yield url
        finally:
            process.terminate()


@contextmanager
def apart(artifact: Path, folder: Path) -> Iterator[str]:
    """The URL of the API before a model in a process of its own."""
    home = folder / "bentoml"
    tags = [build(artifact, "benchmark", home, name=name) for name in (MODEL_NAME, NAME)]
    with (
        served(tags[0], home) as model,
        served(tags[1], home, environment={"OVOZ_MODEL_URL": model}) as url,
    ):
        yield url


def measure(servers: Sequence[Measured], uploads: Sequence[Upload], seconds: float) -> None:
    """All loads on all servers, from another process."""
    spawned = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(1, mp_context=spawned) as client:

        def load(kind: Callable[..., Outcome], server: Measured, much: float) -> Outcome:
            url = f"{server.url}/transcribe"
            return client.submit(kind, url, uploads, much, seconds).result()

        for server in servers:
            load(by_callers, server, 2)  # warm-up
        for callers in CALLERS:
            for server in servers:
                server.by_callers[callers] = load(by_callers, server, callers)
        for part in PARTS:
            for server in servers:
                server.by_rate[part] = load(at_rate, server, part * server.peak)


def report(servers: Sequence[Measured], uploads: int, workers: int, load: float) -> Iterator[str]:
    """Lines of Markdown."""
    yield f"{describe_hardware(LIBRARIES)}."
    yield f"Load of the machine before: {load:.1f}. {uploads} clips of 2 to 4 s;"
    yield f"models in int8; one thread a request, {workers} requests computed at once."
    yield "Outside is what a request takes besides the model's time (Ovoz: network and decoder;"
    yield "faster-whisper: all of its transcribe).\n"
    head = "answers/s | p50 ms | p95 ms | p99 ms | outside ms | failed |"
    yield f"| server | callers | {head}\n| --- | --- | --- | --- | --- | --- | --- | --- |"
    for server in servers:
        for callers, outcome in server.by_callers.items():
            yield f"| {server.name} | {callers} | {_row(outcome)}"
    yield f"\n| server | offered/s | {head}\n| --- | --- | --- | --- | --- | --- | --- | --- |"
    for server in servers:
        for part, outcome in server.by_rate.items():
            offered = f"{part * server.peak:.1f} ({part:.0%} of peak)"
            yield f"| {server.name} | {offered} | {_row(outcome)}"
    yield ""
    for server in servers[1:]:
        yield _ratio(servers[0], server)


def _row(outcome: Outcome) -> str:
    latencies = " | ".join(f"{outcome.latency_ms(percent):.1f}" for percent in (50, 95, 99))
    outside = f"{outcome.outside_ms():.1f}"
    return f"{outcome.per_second:.1f} | {latencies} | {outside} | {outcome.failed} |"


def _ratio(ours: Measured, other: Measured) -> str:
    """How many times the requests a second of another, where the 95th percentiles are equal."""
    limit_ms = other.by_rate[OF_PEAK].latency_ms(95)
    within = [
        part
        for part, each in ours.by_rate.items()
        if each.latency_ms(95) <= limit_ms and not each.failed
    ]
    best = max(within, default=0.0) * ours.peak
    rate = OF_PEAK * other.peak
    more = " or more (the highest rate measured)" if max(within, default=0.0) == PARTS[-1] else ""
    return (
        f"- At a 95th percentile of {limit_ms:.0f} ms: {best:.1f} requests a second against"
        f" {rate:.1f} of {other.name}, {best / rate:.1f} times as many{more}."
    )


def main(
    artifact: Annotated[Path, typer.Argument(help="Directory of the exported model.")],
    data: Annotated[Path, typer.Argument(help="Corpus with manifest.parquet.")],
    seconds: Annotated[float, typer.Option(help="Of each load.")] = 8.0,
    most: Annotated[int, typer.Option(min=1, help="Clips to use.")] = 32,
    width: Annotated[int, typer.Option(help="Width of the artifact's encoder.")] = 144,
    layers: Annotated[int, typer.Option(help="Depth of the artifact's encoder.")] = 4,
    heads: Annotated[int, typer.Option(help="Attention heads of the artifact.")] = 4,
) -> None:
    """Measure, and print Markdown."""
    clips = test_clips(data, most)
    uploads = [upload(*clip) for clip in clips]
    workers, load = os.cpu_count() or 1, os.getloadavg()[0]
    with tempfile.TemporaryDirectory() as name, ExitStack() as running:
        folder = Path(name)
        tag = build(artifact, "benchmark", folder / "bentoml")
        whisper = converted(random_whisper(Size(width, layers, heads)), folder)
        threads = {"OVOZ_THREADS": str(workers)}
        url = running.enter_context(served(tag, folder / "bentoml", environment=threads))
        servers = [Measured("Ovoz", url)]
        for title, beam in (("faster-whisper, beam 5", 5), ("faster-whisper, greedy", 1)):
            url = running.enter_context(whisper_served(whisper, beam, workers))
            servers.append(Measured(title, url))
        servers.append(
            Measured("Ovoz, model apart", running.enter_context(apart(artifact, folder)))
        )
        measure(servers, uploads, seconds)
    print("\n".join(report(servers, len(clips), workers, load)))
    alone = servers[0].by_callers[1]
    print(
        f"- Overhead at one caller: {alone.outside_ms():.1f} ms (median; {alone.outside_ms(10):.1f}"
        " ms in the quickest tenth) from sending to the answer, besides the model's time."
    )


if __name__ == "__main__":
    typer.run(main)
